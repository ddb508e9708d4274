"""Every route of the application, and what a stranger may try on it; a route that is not here fails the build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tests.leakage.tools import TOOLS, using

Kind = Literal["public", "named", "own"]
_HELLO = [{"role": "user", "content": "hello"}]
_BUDGET = {"period": "total", "request_limit": 0, "hard_action": "block"}


@dataclass(frozen=True, slots=True)
class Try:
    """What is tried on a route.

    `named`: the path names something of somebody's, by these names of the world where they differ from the path's
    own. `own`: the path is about the caller's tenant; `bodies` name things of others inside. `public`: open to all.
    A value `{name}` in a body or query stands for an id of theirs, or a missing one.
    """

    kind: Kind
    names: Mapping[str, str] = field(default_factory=dict)
    other_names: tuple[Mapping[str, str], ...] = ()  # what else a path may name, in the same way
    bodies: tuple[Any, ...] = ()
    queries: tuple[Mapping[str, str], ...] = ()
    reads: bool = True  # whether it is read without any of that too; audit trails hold what was asked for by name
    owner_reads: bool = True  # whether their own admin gets 200 here: the ids are real
    content: bool = False  # whether answers hold something of documents, and so nothing without the chokepoint
    lists: bool = False  # whether that needs LIST beside READ
    manages: bool = False  # whether that needs MANAGER
    no_json: bool = False  # whether it reads no JSON: a form, or nothing at all


def _named(*bodies: Any, **names: str) -> Try:
    return Try("named", names, bodies=bodies)


def _access(*bodies: Mapping[str, Any], **names: str) -> Try:
    """A path that names a collection, or a document, by its type and id."""
    document = {"type": "a_document", "id": "document_id"}
    if names:
        document |= {"ace_id": "document_ace_id"}
    return Try("named", {"type": "a_collection", "id": "collection_id", **names}, (document,), bodies=bodies)


def _own(*bodies: Mapping[str, Any], queries: tuple[Mapping[str, str], ...] = ()) -> Try:
    return Try("own", bodies=bodies, queries=queries)


PUBLIC = Try("public")
_CHAT = _own({"model": "{model_slug}", "messages": _HELLO}, {"model": "{group_slug}", "messages": _HELLO})
_EMBED = _own({"model": "{model_slug}", "input": "hello"}, {"model": "{group_slug}", "input": "hello"})
_SINCE = {"from": "2026-01-01T00:00:00Z"}
_REPORT = _own(queries=({"user_id": "{user_id}", **_SINCE}, {"model": "{model_slug}", **_SINCE}))
_TRAIL = Try("own", queries=({"target_id": "{user_id}"}, {"actor_id": "{user_id}"}), reads=False)
_ACE = {"ace_type": "allow", "permissions": "VIEWER"}
_GROUP = {"group_id": "model_group_id"}
_DOCUMENTS = "/v1/modules/scaimatrix/collections/{collection_id}/documents"
_DOCUMENT = f"{_DOCUMENTS}/{{document_id}}"
_GRAPH = "/v1/modules/scaimatrix/collections/{collection_id}/graph"
_CRAWLS = "/v1/modules/scaimatrix/collections/{collection_id}/crawls"
_CRAWL = "/v1/modules/scaimatrix/crawls/{crawl_id}"
_RUNS = "/v1/modules/scaimatrix/collections/{collection_id}/crawl"
_RUN = f"{_RUNS}/{{job_id}}"
_CONTENT = Try("named", content=True)
_WORDS = {"query": "the words of", "search_type": "keyword"}
_AS = _WORDS | {"as_user_id": "{user_id}"}
_WITHIN = {"collection_ids": ["{collection_id}"]}

_PERSONAS = "/v1/modules/scaipersona/personas"
_PERSONA = f"{_PERSONAS}/{{persona_id}}"
_SOURCE = f"{_PERSONA}/sources/{{persona_source_id}}"
_SET = "/v1/evals/sets/{set_id}"
_MEASURED = "/v1/evals/runs/{run_id}"
_RUN_OF = _own(
    {"set": "{set_id}", "persona_id": "{persona_id}"}, {"set": "{set_id}", "persona_id": "{persona_id}", "version": 1}
)
_PAST = {"messages": [{"role": "user", "content": "x"}]}

MATRIX: Mapping[str, Try] = {
    "POST /mcp": _own(*(using(tool, said) for tool, tried in TOOLS.items() for said in tried)),
    "GET /.well-known/oauth-protected-resource": PUBLIC,
    "GET /.well-known/oauth-protected-resource/mcp": PUBLIC,
    "GET /health": PUBLIC,
    "GET /health/ready": PUBLIC,
    "GET /livez": PUBLIC,
    "GET /readyz": PUBLIC,
    "GET /metrics": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "GET /docs": PUBLIC,
    "GET /docs/errors": PUBLIC,
    "GET /": PUBLIC,
    "GET /console": PUBLIC,
    "GET /console/{path:path}": PUBLIC,
    "GET /v1/auth/sign-in": PUBLIC,
    "GET /health/detailed": _own(),
    "GET /v1/me": _own(),
    "POST /oai/v1/chat/completions": _CHAT,
    "POST /oai/v1/embeddings": _EMBED,
    "GET /v1/modules/scaipersona/scaidrive/shares": _own(),
    "GET /oai/v1/models": _own(),
    "GET /oai/v1/models/{slug:path}": _named(slug="model_slug"),
    "POST /v1/inference/chat": _CHAT,
    "POST /v1/inference/generate": _own({"model": "{model_slug}", "prompt": "hello"}),
    "POST /v1/inference/embed": _EMBED,
    "POST /v1/inference/embeddings": _EMBED,
    "GET /v1/partners": _own(),
    "POST /v1/partners": _own({"slug": "x", "display_name": "X"}),
    "GET /v1/partners/{partner_id}": Try("named", owner_reads=False),
    "PATCH /v1/partners/{partner_id}": _named({"display_name": "X"}),
    "GET /v1/tenants": _own(),
    "POST /v1/tenants": _own({"slug": "x", "display_name": "X", "partner_id": "{partner_id}"}),
    "GET /v1/tenants/{tenant_id}": _named(),
    "PATCH /v1/tenants/{tenant_id}": _named({"status": "suspended"}, {"display_name": "X"}),
    "GET /v1/users": _own(),
    "POST /v1/users": _own({"email": "x@example.com", "name": "X", "roles": [], "tenant_id": "{tenant_id}"}),
    "GET /v1/users/{user_id}": _named(),
    "PATCH /v1/users/{user_id}": _named({"status": "suspended"}),
    "PUT /v1/users/{user_id}/roles": _named({"roles": []}),
    "GET /v1/users/{user_id}/module-permissions": _named(),
    "PUT /v1/users/{user_id}/module-permissions": _named({"permissions": []}),
    "GET /v1/api-keys": _own(queries=({"user_id": "{user_id}"},)),
    "POST /v1/api-keys": _own({"name": "x", "assigned_user_id": "{user_id}"}),
    "GET /v1/api-keys/{key_id}": _named(),
    "PATCH /v1/api-keys/{key_id}": _named({"name": "x"}),
    "DELETE /v1/api-keys/{key_id}": _named(),
    "GET /v1/groups": _own(),
    "POST /v1/groups": _own({"name": "x", "tenant_id": "{tenant_id}"}),
    "GET /v1/groups/{group_id}": _named(),
    "PATCH /v1/groups/{group_id}": _named({"name": "x"}),
    "DELETE /v1/groups/{group_id}": _named(),
    "GET /v1/groups/{group_id}/members": _named(),
    "POST /v1/groups/{group_id}/members": _named({"type": "user", "id": "{user_id}"}),
    "DELETE /v1/groups/{group_id}/members/{member_id}": _named(),
    "GET /v1/iam/custom-roles": _own(),
    "POST /v1/iam/custom-roles": _own(),
    "GET /v1/iam/custom-roles/{role_id}": _named(),
    "PATCH /v1/iam/custom-roles/{role_id}": _named({"permissions": []}),
    "DELETE /v1/iam/custom-roles/{role_id}": _named(),
    "GET /v1/role-mappings": _own(queries=({"group_id": "{group_id}"},)),
    "POST /v1/role-mappings": _own({"group_id": "{group_id}", "role": "tenant_viewer"}),
    "GET /v1/role-mappings/{mapping_id}": _named(),
    "DELETE /v1/role-mappings/{mapping_id}": _named(),
    "GET /v1/providers": _own(),
    "POST /v1/providers": _own({"name": "x", "type": "local"}),
    "GET /v1/providers/{provider_id}": _named(),
    "PATCH /v1/providers/{provider_id}": _named({"name": "x"}),
    "DELETE /v1/providers/{provider_id}": _named(),
    "POST /v1/providers/{provider_id}/discover": _named(),
    "GET /v1/backends": _own(queries=({"provider_id": "{provider_id}"},)),
    "POST /v1/backends": _own({"provider_id": "{provider_id}", "upstream_model": "x", "modality": "chat"}),
    "GET /v1/backends/{backend_id}": _named(),
    "PATCH /v1/backends/{backend_id}": _named({"status": "disabled"}),
    "DELETE /v1/backends/{backend_id}": _named(),
    "GET /v1/backends/{backend_id}/health": _named(),
    "GET /v1/models": _own(),
    "POST /v1/models": _own({"slug": "x", "display_name": "X", "modality": "chat", "tenant_ids": ["{tenant_id}"]}),
    "GET /v1/models/{ref:path}": _named(ref="model_slug"),
    "PUT /v1/models/{ref:path}": _named({"display_name": "X"}, ref="model"),
    "PATCH /v1/models/{ref:path}": _named({"display_name": "X"}, ref="model_slug"),
    "DELETE /v1/models/{ref:path}": _named(ref="model"),
    "POST /v1/models/{ref:path}/avatar": _named(ref="model"),
    "GET /v1/models/{ref:path}/avatar": PUBLIC,
    "DELETE /v1/models/{ref:path}/avatar": _named(ref="model"),
    "GET /v1/model-groups": _own(),
    "POST /v1/model-groups": _own(
        {"slug": "x", "display_name": "X", "scope_type": "tenant", "scope_id": "{tenant_id}"},
        {"slug": "x", "display_name": "X", "scope_type": "partner", "scope_id": "{partner_id}"},
    ),
    "GET /v1/model-groups/{group_id}": _named(**_GROUP),
    "PATCH /v1/model-groups/{group_id}": _named({"display_name": "X"}, **_GROUP),
    "DELETE /v1/model-groups/{group_id}": _named(**_GROUP),
    "GET /v1/model-groups/{group_id}/members": _named(**_GROUP),
    "POST /v1/model-groups/{group_id}/members": _named({"model_slug": "{model_slug}"}, **_GROUP),
    "DELETE /v1/model-groups/{group_id}/members/{ref:path}": _named(**_GROUP, ref="model_slug"),
    "GET /v1/accounting/usage": _REPORT,
    "GET /v1/accounting/usage/summary": _REPORT,
    "GET /v1/accounting/stages": _REPORT,
    "GET /v1/accounting/export": _REPORT,
    "GET /v1/accounting/budgets": _own(queries=({"scope_id": "{tenant_id}"},)),
    "POST /v1/accounting/budgets": _own(
        {"scope": "tenant", "scope_id": "{tenant_id}", **_BUDGET},
        {"scope": "partner", "scope_id": "{partner_id}", **_BUDGET},
        {"scope": "user", "scope_id": "{user_id}", **_BUDGET},
        {"scope": "group", "scope_id": "{group_id}", **_BUDGET},
    ),
    "GET /v1/accounting/budgets/{budget_id}": _named(),
    "PATCH /v1/accounting/budgets/{budget_id}": _named({"request_limit": 0}),
    "DELETE /v1/accounting/budgets/{budget_id}": _named(),
    "GET /v1/audit/events": _TRAIL,
    "GET /v1/audit-log": _TRAIL,
    "GET /v1/audit/events/export": _TRAIL,
    "GET /v1/audit-log/export": _TRAIL,
    "GET /v1/audit/verify": _own(),
    "POST /v1/webhooks": _own(),
    "GET /v1/webhooks": _own(),
    "GET /v1/webhooks/{webhook_id}": _named(),
    "PATCH /v1/webhooks/{webhook_id}": _named({"status": "disabled"}),
    "DELETE /v1/webhooks/{webhook_id}": _named(),
    "POST /v1/webhooks/{webhook_id}/test": _named(),
    "GET /v1/webhooks/{webhook_id}/deliveries": _named(),
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": replace(_named(), no_json=True),
    f"GET {_PERSONAS}": _own(),
    f"POST {_PERSONAS}": _own(),  # who names a model learns of it when it is published
    f"GET {_PERSONA}": _named(),
    f"PUT {_PERSONA}": _named({"name": "X"}, {"slug": "x"}, {"status": "archived"}),
    f"PATCH {_PERSONA}": _named({"name": "X"}, {"model_slug": "{model_slug}"}),
    f"DELETE {_PERSONA}": _named(),
    f"POST {_PERSONA}/publish": _named({}, {"group_ids": ["{model_group_id}"]}),
    f"POST {_PERSONA}/unpublish": Try("named", no_json=True),
    f"GET {_PERSONA}/diagnose": _named(),
    f"POST {_PERSONA}/preview": _named(
        {"query": "harbour"},
        {"query": "harbour", "as_user_id": "{user_id}"},
        {"query": "harbour", "look": {"rag_top_k": 50, "rag_min_score": None, "rag_search_type": "keyword"}},
    ),
    f"POST {_PERSONA}/avatar": Try("named", no_json=True),
    f"GET {_PERSONA}/avatar": PUBLIC,
    f"DELETE {_PERSONA}/avatar": Try("named", no_json=True),
    f"GET {_PERSONA}/gate": _named(),
    f"PUT {_PERSONA}/gate": _named({"set_id": "{set_id}"}, {"set_id": "{set_id}", "floors": {"recall@5": 0.5}}),
    f"DELETE {_PERSONA}/gate": _named(),
    "GET /v1/evals/sets": _own(),
    "POST /v1/evals/sets": _own(),
    f"GET {_SET}": _named(),
    f"PATCH {_SET}": _named({"name": "X"}, {}),
    f"DELETE {_SET}": _named(),
    f"GET {_SET}/versions": _named(),
    f"GET {_SET}/cases": replace(_named(), queries=({"version": "1"},)),
    f"POST {_SET}/cases": _named({"cases": [{"question": "x"}]}),
    f"GET {_SET}/cases/{{case_id}}": _named(),
    f"DELETE {_SET}/cases/{{case_id}}": _named(),
    f"POST {_SET}/from-requests": _named({"requests": [_PAST]}),
    f"PUT {_SET}/file": Try("named", no_json=True),
    f"GET {_SET}/export": replace(
        _named(), queries=({"format": "csv"}, {"format": "jsonl", "version": "1"}), owner_reads=False
    ),
    "GET /v1/evals/runs": _own(queries=({"set_id": "{set_id}"}, {"persona_id": "{persona_id}"})),
    "POST /v1/evals/runs": _RUN_OF,
    "POST /v1/evals/runs/estimate": _RUN_OF,
    f"GET {_MEASURED}": _named(),
    f"DELETE {_MEASURED}": _named(),
    f"GET {_MEASURED}/cases": replace(_named(), queries=({"leaked": "true"}, {"case_id": "{case_id}"})),
    f"POST {_MEASURED}/cancel": replace(_named(), no_json=True),
    f"POST {_MEASURED}/resume": _named({}, {"caps": {"max_tokens": 5}}),
    f"GET {_MEASURED}/events": Try("named", owner_reads=False),
    f"GET {_MEASURED}/compare/{{other_id}}": _named(other_id="run_id"),
    f"GET {_MEASURED}/compare/{{other_id}}/cases": _named(other_id="run_id"),
    f"GET {_PERSONA}/sources": _named(),
    f"POST {_PERSONA}/sources": _named({"source_type": "collection", "source_id": "{collection_id}"}),
    f"GET {_SOURCE}": _named(),
    f"PUT {_SOURCE}": _named({"weight": 2}, {"source_id": "{collection_id}"}),
    f"DELETE {_SOURCE}": _named(),
    "GET /v1/modules/scaimatrix/permissions/{type}/{id}": _access(),
    "POST /v1/modules/scaimatrix/permissions/{type}/{id}/aces": _access(
        _ACE | {"principal_type": "user", "principal_id": "{user_id}"},
        _ACE | {"principal_type": "group", "principal_id": "{group_id}"},
    ),
    "PATCH /v1/modules/scaimatrix/permissions/{type}/{id}/aces/{ace_id}": _access(
        {"permissions": "VIEWER"}, {}, ace_id="ace_id"
    ),
    "DELETE /v1/modules/scaimatrix/permissions/{type}/{id}/aces/{ace_id}": _access(ace_id="ace_id"),
    "PUT /v1/modules/scaimatrix/permissions/{type}/{id}/inheritance": _access({"inherit": False, "copy": True}),
    "PUT /v1/modules/scaimatrix/permissions/{type}/{id}/owner": _access({"owner_id": "{user_id}"}),
    "GET /v1/modules/scaimatrix/permissions/{type}/{id}/effective": replace(
        _access(), queries=({"user_id": "{user_id}"},)
    ),
    "GET /v1/modules/scaimatrix/permissions/{type}/{id}/who": _access(),
    "POST /v1/modules/scaimatrix/permissions/{type}/{id}/explain": _access(
        {"permission": "read"}, {"permission": 255, "user_id": "{user_id}"}
    ),
    "POST /v1/modules/scaimatrix/permissions/{type}/{id}/rehearse": _access(
        {"changes": []},
        {"changes": [{"op": "add_ace", "ace": _ACE | {"principal_type": "user", "principal_id": "{user_id}"}}]},
        {"changes": [{"op": "remove_ace", "ace_id": "{ace_id}"}, {"op": "set_owner", "owner_id": "{user_id}"}]},
    ),
    "GET /v1/modules/scaimatrix/erasures": _own(queries=({"subject_id": "{document_id}"},)),
    "GET /v1/modules/scaimatrix/collections": _own(),
    "POST /v1/modules/scaimatrix/collections": _own(
        {"name": "X", "embedding_model": "{model_slug}"},
        {"name": "X", "embedding_model": "local/minilm", "graph_extraction_model": "{model_slug}"},
    ),
    "GET /v1/modules/scaimatrix/collections/{collection_id}": _named(),
    "PUT /v1/modules/scaimatrix/collections/{collection_id}": _named({"name": "X"}, {"default_access": "tenant"}),
    "PATCH /v1/modules/scaimatrix/collections/{collection_id}": _named({"name": "X"}, {}),
    "DELETE /v1/modules/scaimatrix/collections/{collection_id}": _named(),
    "GET /v1/modules/scaimatrix/collections/{collection_id}/re-chunk": _named(),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/re-chunk": _named({"hold": True}, {}),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/re-chunk/pause": replace(_named(), no_json=True),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/re-chunk/resume": replace(_named(), no_json=True),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/re-chunk/cancel": replace(_named(), no_json=True),
    "GET /v1/modules/scaimatrix/collections/{collection_id}/graph/re-extract": _named(),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/graph/re-extract": replace(_named(), no_json=True),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/graph/re-extract/cancel": replace(_named(), no_json=True),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/graph/re-extract/estimate": replace(
        _named(), no_json=True
    ),
    "GET /v1/modules/scaimatrix/collections/{collection_id}/fork": _named(),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/fork": _named(
        {"name": "X", "embedding_model": "local/minilm"}, {}
    ),
    "GET /v1/modules/scaimatrix/collections/{collection_id}/access": _named(),
    "PUT /v1/modules/scaimatrix/collections/{collection_id}/access": _named(
        [{"principal_type": "user", "principal_id": "{user_id}", "access": "read"}], []
    ),
    f"POST {_DOCUMENTS}": replace(_CONTENT, no_json=True),
    f"GET {_DOCUMENTS}": Try("named", content=True, lists=True),
    f"POST {_DOCUMENTS}/from-url": replace(_CONTENT, bodies=({"url": "https://192.0.2.1/"}, {"url": "http://127.1/"})),
    f"POST {_DOCUMENTS}/from-scaidrive": replace(_CONTENT, bodies=({"share_id": "share", "file_id": "file"},)),
    f"GET {_DOCUMENT}": _CONTENT,
    f"PATCH {_DOCUMENT}": replace(_CONTENT, bodies=({"name": "X"}, {})),
    f"DELETE {_DOCUMENT}": _named(),
    f"POST {_DOCUMENT}/retry": replace(_CONTENT, no_json=True),
    f"PUT {_DOCUMENT}/content": replace(_CONTENT, no_json=True),
    f"GET {_DOCUMENT}/content": replace(_CONTENT, owner_reads=False),
    f"GET {_DOCUMENT}/chunks": _CONTENT,
    f"GET {_DOCUMENT}/events": replace(_CONTENT, owner_reads=False),
    "GET /v1/modules/scaimatrix/collections/{collection_id}/events": Try(
        "named", queries=({"until": "idle"},), reads=False, owner_reads=False, content=True
    ),
    "GET /v1/modules/scaimatrix/documents/{document_id}": _CONTENT,
    "GET /v1/modules/scaimatrix/documents/{document_id}/content": replace(_CONTENT, owner_reads=False),
    "GET /v1/modules/scaimatrix/documents/{document_id}/chunks": _CONTENT,
    "POST /v1/modules/scaimatrix/collections/{collection_id}/search": replace(
        _named(
            *({"query": "the words of", "search_type": way} for way in ("vector", "keyword", "hybrid", "combined")),
            {"query": "the words of", "search_type": "hybrid", "rerank": True, "why": True},
        ),
        content=True,
    ),
    "POST /v1/modules/scaimatrix/collections/{collection_id}/search/as": replace(
        _named(_AS | {"search_type": "vector"}, _AS | {"rerank": True, "why": True}), content=True, manages=True
    ),
    "POST /v1/modules/scaimatrix/search": replace(
        _own(_WORDS | _WITHIN, _WORDS | _WITHIN | {"rerank": True}), reads=False, content=True
    ),
    "POST /v1/modules/scaimatrix/search/as": replace(_own(_AS | _WITHIN), reads=False, content=True, manages=True),
    f"POST {_GRAPH}/search": replace(_named({"query": "the words of"}), content=True),
    f"POST {_GRAPH}/query": replace(_named({}, {"name": "the"}), content=True),
    f"POST {_GRAPH}/traverse": replace(_named({"start_node_id": "{node_id}"}), content=True),
    f"POST {_GRAPH}/paths": replace(_named({"source_id": "{node_id}", "target_id": "{other_node_id}"}), content=True),
    f"POST {_GRAPH}/context": replace(_named({"query": "the words of"}), content=True),
    f"POST {_GRAPH}/ask": replace(_named({"question": "the words of"}), content=True),
    f"GET {_GRAPH}/stats": _CONTENT,
    f"GET {_GRAPH}/nodes": _CONTENT,
    f"POST {_GRAPH}/nodes": replace(_named({"name": "X"}), content=True),
    f"GET {_GRAPH}/nodes/{{node_id}}": _CONTENT,
    f"PUT {_GRAPH}/nodes/{{node_id}}": replace(_named({"name": "X"}), content=True),
    f"PATCH {_GRAPH}/nodes/{{node_id}}": replace(_named({"name": "X"}, {}), content=True),
    f"DELETE {_GRAPH}/nodes/{{node_id}}": _named(),
    f"GET {_GRAPH}/edges": _CONTENT,
    f"POST {_GRAPH}/edges": replace(
        _named({"source_id": "{node_id}", "target_id": "{other_node_id}", "type": "X"}), content=True
    ),
    f"GET {_GRAPH}/edges/{{edge_id}}": _CONTENT,
    f"PUT {_GRAPH}/edges/{{edge_id}}": replace(
        _named({"source_id": "{node_id}", "target_id": "{other_node_id}", "type": "X"}), content=True
    ),
    f"PATCH {_GRAPH}/edges/{{edge_id}}": replace(_named({"type": "X"}, {}), content=True),
    f"DELETE {_GRAPH}/edges/{{edge_id}}": _named(),
    f"POST {_GRAPH}/import": replace(_named(), no_json=True),
    f"GET {_GRAPH}/views": _named(),
    f"POST {_GRAPH}/views": _named({"name": "X", "query": {}}),
    f"GET {_GRAPH}/views/{{view_id}}": _named(),
    f"PUT {_GRAPH}/views/{{view_id}}": _named({"name": "X", "query": {}}),
    f"PATCH {_GRAPH}/views/{{view_id}}": _named({"name": "X"}, {}),
    f"DELETE {_GRAPH}/views/{{view_id}}": _named(),
    "GET /v1/modules/scaimatrix/crawl": _own(queries=({"status": "completed"},)),
    "GET /v1/modules/scaimatrix/crawls": _own(),
    f"POST {_CRAWLS}": _named({"name": "X", "seed_url": "http://127.1/"}, {"name": "X"}),
    f"GET {_CRAWLS}": _named(),
    f"GET {_CRAWL}": _named(),
    f"PUT {_CRAWL}": _named({"name": "X"}, {"seed_url": "http://127.1/"}),
    f"PATCH {_CRAWL}": _named({"name": "X"}, {"webhook": {"enabled": True}}, {}),
    f"DELETE {_CRAWL}": _named(),
    f"POST {_CRAWL}/run": _named({"dry_run": True}, {}),
    f"GET {_CRAWL}/calls": _named(),
    f"POST {_CRAWL}/trigger": PUBLIC,  # by its signature; see tests/indexing/crawls/http
    f"POST {_RUNS}": _named({"seed_url": "https://192.0.2.1/"}, {"seed_url": "http://127.1/", "dry_run": True}),
    f"GET {_RUNS}": replace(_named(), queries=({"crawl_id": "{crawl_id}"},)),
    f"GET {_RUN}": _named(),
    f"POST {_RUN}/cancel": replace(_named(), no_json=True),
    f"POST {_RUN}/retry-failed": replace(_named(), no_json=True),
    f"GET {_RUN}/pages": replace(_CONTENT, queries=({}, {"format": "csv"}, {"format": "ndjson"}), owner_reads=True),
    f"GET {_RUN}/stream": Try("named", owner_reads=False),
    "POST /v1/webhooks/scaikey": PUBLIC,  # by its signature; see tests/app/identity/directory
    # Modules are everybody's; what is a tenant's is reached by ?tenant_id= alone.
    "GET /v1/modules": _own(),
    "GET /v1/modules/{module_id}": _own(),
    "POST /v1/modules/{module_id}/enable": _own(),
    "POST /v1/modules/{module_id}/disable": _own(),
    "GET /v1/modules/{module_id}/config": _own(),
    "PUT /v1/modules/{module_id}/config": _own({}),
    "GET /v1/modules/{module_id}/settings": _own(),
}
