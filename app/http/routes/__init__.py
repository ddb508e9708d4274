"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.routes import audit, health, me, modules, webhooks

ALL = (health.router, me.router, webhooks.router, audit.router, modules.router)
