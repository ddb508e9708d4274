"""Roof, HTTP: what the OpenAPI description says of the parameters, headers and groups of operations met everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Said = dict[str, Any]

TAGS: list[Said] = [
    {"name": "openai", "description": "The same models in OpenAI's own dialect."},
    {"name": "inference", "description": "Asking models."},
    {"name": "public", "description": "Whether the platform is well."},
    {"name": "identity", "description": "People, their keys, groups and roles."},
    {"name": "tenancy", "description": "Partners and their tenants."},
    {"name": "routing", "description": "Providers, and the backends that models are served by."},
    {"name": "models", "description": "The models callers know."},
    {"name": "accounting", "description": "What was used, what it cost, and budgets."},
    {"name": "audit", "description": "What was done and refused."},
    {"name": "webhooks", "description": "What others are told of."},
    {"name": "scaimatrix", "description": "Collections of documents, and who may see what of them."},
    {"name": "scaipersona", "description": "Assistants that answer from what their caller may read."},
    {"name": "evals", "description": "Sets of questions put to assistants, and what their answers are worth."},
    {"name": "modules", "description": "The parts that can be switched on and off."},
]

PARAMETERS: Mapping[str, str] = {
    "limit": "How many at most on one page.",
    "cursor": "Where to go on: the `next_cursor` of the page before.",
    "order": "Oldest first (`asc`) or newest first (`desc`); models go by slug.",
    "from": "Only what happened at this moment or later (UTC where no zone is said).",
    "to": "Only what happened before this moment (UTC where no zone is said).",
    "scope": "How far to look; without it, as far as the caller may by their role.",
    "tenant_id": "The tenant to act in: for super-admins any, for partner admins one of their partner's.",
    "ref": "A model's slug, slashes raw or as %2F, or its id.",
    "slug": "A model's slug, slashes raw or as %2F.",
    "format": "How the file is written.",
    "group_by": "What usage is added up by.",
    "period": "How long a stretch of time is.",
    "check": "Ask the backend now instead of saying how it was last seen.",
    "partner_id": "A partner's id.",
    "user_id": "A user's id.",
    "key_id": "An API key's id.",
    "group_id": "A group's id.",
    "member_id": "The id of a user or group in the group.",
    "role_id": "A custom role's id.",
    "mapping_id": "A role mapping's id.",
    "provider_id": "A provider's id.",
    "backend_id": "A backend's id.",
    "budget_id": "A budget's id.",
    "webhook_id": "A webhook's id.",
    "delivery_id": "The id of one delivery of the webhook.",
    "type": "What is meant: a collection or a document.",
    "id": "Its id.",
    "ace_id": "An entry's id.",
    "collection_id": "A collection's id.",
    "document_id": "A document's id.",
    "crawl_id": "A saved crawl's id.",
    "job_id": "The id of a run of a crawl.",
    "force": "Administrators: do it even if nobody but administrators could change access afterwards.",
    "persona_id": "A persona's id.",
    "persona_source_id": "The id of a place that a persona reads.",
    "module_id": "A module's id, such as `scaimatrix`.",
}

HEADERS: Said = {
    "RequestId": {"description": "Leads to this request in the logs.", "schema": {"type": "string"}},
    "RetryAfter": {"description": "Seconds after which trying again may work.", "schema": {"type": "integer"}},
    "ETag": {"description": "The version that is shown.", "schema": {"type": "string"}},
}

LONGEST_KEY = 255  # of an Idempotency-Key

TENANT: Said = {"name": "tenant_id", "in": "query", "required": False, "schema": {"type": "string", "maxLength": 64}}
IDEMPOTENCY_KEY: Said = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Of your own making: the same request sent again with it is answered as the first was.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
}
IF_MATCH: Said = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "Change only this version: an `ETag` you were given. Another one is 412.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: Said = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` you have; 304 if it is still what would be shown.",
    "schema": {"type": "string"},
}
