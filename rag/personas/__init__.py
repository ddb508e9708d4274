"""Answering, personas: named assistants: who they are, what they read and how they answer."""
