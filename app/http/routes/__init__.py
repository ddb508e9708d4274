"""Roof, HTTP: one file per resource, signatures and one call each."""

from app.http.openai import routes as openai
from app.http.routes import (
    accounting,
    api_keys,
    backends,
    budgets,
    docs,
    groups,
    health,
    inference,
    me,
    model_groups,
    models,
    partners,
    providers,
    role_mappings,
    roles,
    tenants,
    users,
)

# The busiest first: a path is looked for in this order.
ALL = (
    openai.router,
    inference.router,
    health.router,
    me.router,
    partners.router,
    tenants.router,
    users.router,
    api_keys.router,
    groups.router,
    roles.router,
    role_mappings.router,
    providers.router,
    backends.router,
    models.router,
    model_groups.router,
    accounting.router,
    budgets.router,
    docs.router,
)
