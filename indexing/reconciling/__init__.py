"""Knowing, reconciling: what stores hold and what the rows say they hold; the rows are right.

A store is never believed about what exists: what it holds and no row knows is removed from it, what it has lost is put
back, and what cannot be put back is reported.
"""
