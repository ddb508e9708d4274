"""Knowing, crawls: websites are walked within limits; what a page says comes in by the door of all documents."""
