"""Knowing, extraction: reading by Docling, a server of its own that understands layouts, tables and scans."""
