"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.routes import backends, health, me, model_groups, models, providers

ALL = (
    health.router,
    me.router,
    providers.router,
    backends.router,
    models.router,
    model_groups.router,
)
