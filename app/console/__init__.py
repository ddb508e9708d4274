"""Roof, console: the web console; it uses only the public API, as any client could."""
