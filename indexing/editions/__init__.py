"""Knowing, editions: the chunks of one content of a document; the next is built beside the one that answers.

A chunk answers only if its document says that its edition does. Vector stores are asked for candidates and never
believed: what they name is looked up here, so what was deleted, replaced or left behind cannot answer.
"""
