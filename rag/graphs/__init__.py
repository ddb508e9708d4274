"""Answering, graphs: the graph of a collection as each of its callers sees it, put together when they ask."""
