"""The ground floor (settings, errors, ids, db, identity, inference: imports nothing of ours but itself)
and the roof (http, cli, wiring: may import everything below)."""
