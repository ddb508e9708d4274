"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.openai import routes as openai
from app.http.routes import docs, health, inference, me

# The busiest first: a path is looked for in this order.
ALL = (openai.router, inference.router, health.router, me.router, docs.router)
