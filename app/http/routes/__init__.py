"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.routes import health, me, webhooks

ALL = (health.router, me.router, webhooks.router)
