"""Answering, strategies: ways of looking for what an assistant answers from."""
