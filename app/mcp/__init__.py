"""Roof, MCP: the same platform for assistants, as the person who let them in."""
