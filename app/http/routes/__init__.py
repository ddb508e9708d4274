"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.routes import accounting, budgets, health, me

ALL = (health.router, me.router, accounting.router, budgets.router)
