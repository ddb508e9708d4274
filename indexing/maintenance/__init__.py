"""Knowing, maintenance: a whole collection is cut anew beside what answers, and then answers anew, all at once."""
