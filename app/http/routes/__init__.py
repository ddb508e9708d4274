"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.openai import routes as openai
from app.http.routes import backends, docs, health, inference, me, model_groups, models, providers

# The busiest first: a path is looked for in this order.
ALL = (
    openai.router,
    inference.router,
    health.router,
    me.router,
    providers.router,
    backends.router,
    models.router,
    model_groups.router,
    docs.router,
)
