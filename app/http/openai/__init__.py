"""Roof, HTTP: the same platform in OpenAI's own dialect."""
