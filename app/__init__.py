"""The ground floor and the roof of the house.

The ground floor (settings, errors, ids, db, identity, inference) imports nothing of ours but itself; the roof
(http, cli, wiring) may import everything below.
"""
