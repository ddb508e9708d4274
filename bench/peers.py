"""The world of documents in two other engines, which hold all of it in memory, and what they say about a batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import casbin
import cedarpy
from casbin.model import FastModel, Model
from casbin.rbac.default_role_manager import RoleManager

from bench.world import World

Ask = Callable[[str, Sequence[str]], set[str]]  # who, which documents -> those they may read

_CASBIN = """
[request_definition]
r = sub, obj, owner
[policy_definition]
p = sub, obj, eft
[role_definition]
g = _, _
g2 = _, _
[policy_effect]
e = {effect}
[matchers]
m = {matcher}
"""
_BY_ROLES = 'p.sub == "owner" && r.owner == r.sub || g2(r.obj, p.obj) && g(r.sub, p.sub)'
_IN_ORDER = "priority(p.eft) || deny"
# The fast enforcer keeps a document's policies in no order, so here an owner is no matter of order.
_WRITTEN_OUT = 'r.obj == p.obj && (p.sub == "owner" && r.owner == r.sub || r.owner != r.sub && g(r.sub, p.sub))'
_DENY_WINS = "some(where (p.eft == allow)) && !some(where (p.eft == deny))"
_CEDAR = """
permit(principal, action, resource) when { resource.owner == principal };
permit(principal, action, resource) when { principal in resource.allowed };
forbid(principal, action, resource) when { principal in resource.denied } unless { resource.owner == principal };
"""
_BY_DOCUMENT = [1]
_DEPTH = 100  # casbin's own, 10, would leave out groups of deeper nestings without a word


def casbin_by_roles(world: World) -> Ask:
    """As its manual has it: documents have their collection as a role; every request looks through every policy."""
    model = Model()
    model.load_model_from_text(_CASBIN.format(matcher=_BY_ROLES, effect=_IN_ORDER))
    policies = [("owner", "any", "allow")]
    policies += [(group, document, "deny") for document, group in world.denied.items()]
    policies += [(group, on, "allow") for on, groups in world.allowed.items() for group in groups]
    return _casbin(casbin.Enforcer(model), world, policies, list(world.shelf.items()))


def casbin_written_out(world: World) -> Ask:
    """As fast as it goes: what a document inherits is written out for it, and a request looks at its policies alone."""
    model = FastModel(_BY_DOCUMENT)
    model.load_model_from_text(_CASBIN.format(matcher=_WRITTEN_OUT, effect=_DENY_WINS))
    policies = list[tuple[str, str, str]]()
    for document, on in world.shelf.items():
        policies.append(("owner", document, "allow"))
        policies += [(group, document, "deny") for group in [world.denied.get(document)] if group]
        policies += [(group, document, "allow") for group in world.allowed[on]]
    return _casbin(casbin.FastEnforcer(model, cache_key_order=_BY_DOCUMENT), world, policies, [])


def _casbin(enforcer: Any, world: World, policies: Sequence[Sequence[str]], shelf: Sequence[Sequence[str]]) -> Ask:
    for name, links in {
        "g": [*world.above.items(), *((user, group) for user, groups in world.members.items() for group in groups)],
        "g2": shelf,
    }.items():
        if not links:
            continue
        roles = RoleManager(_DEPTH)
        for low, high in links:
            roles.add_link(low, high)
        enforcer.set_named_role_manager(name, roles)
        enforcer.model.model["g"][name].rm = roles
    for policy in policies:
        enforcer.model.model["p"]["p"].policy.append(list(policy))

    def ask(user: str, documents: Sequence[str]) -> set[str]:
        answers = enforcer.batch_enforce([(user, document, world.owners[document]) for document in documents])
        return {document for document, answer in zip(documents, answers, strict=True) if answer}

    return ask


def cedar(world: World) -> Ask:
    """With everything read in beforehand."""
    policies, entities = cedarpy.PolicySet.from_str(_CEDAR), cedarpy.Entities.from_json_str(json.dumps(_all(world)))
    return lambda user, documents: _cedar(policies, entities, user, documents)


def cedar_anew(world: World) -> Ask:
    """With what one batch needs read in for it: its documents, and who asks."""

    def ask(user: str, documents: Sequence[str]) -> set[str]:
        groups = [_entity("Group", group, [above], {}) for group, above in _above(world, user).items()]
        mine = [_entity("User", user, world.members[user], {}), *groups]
        entities = mine + [_document(world, document) for document in documents]
        return _cedar(_CEDAR, json.dumps(entities), user, documents)

    return ask


def _cedar(policies: Any, entities: Any, user: str, documents: Sequence[str]) -> set[str]:
    asker = {"principal": {"type": "User", "id": user}, "action": {"type": "Action", "id": "read"}}
    requests = [{**asker, "resource": {"type": "Document", "id": document}} for document in documents]
    answers = cedarpy.is_authorized_batch(requests, policies, entities)
    return {document for document, answer in zip(documents, answers, strict=True) if answer.allowed}


def _all(world: World) -> list[dict[str, Any]]:
    users = [_entity("User", user, groups, {}) for user, groups in world.members.items()]
    groups = [_entity("Group", group, [world.above.get(group)], {}) for group in world.groups]
    return users + groups + [_document(world, document) for document in world.shelf]


def _above(world: World, user: str) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    waiting: list[str | None] = list(world.members[user])
    while waiting:
        group = waiting.pop()
        if group is not None and group not in found:
            found[group] = world.above.get(group)
            waiting.append(found[group])
    return found


def _document(world: World, document: str) -> dict[str, Any]:
    denied = world.denied.get(document)
    said = {
        "owner": {"__entity": {"type": "User", "id": world.owners[document]}},
        "allowed": [{"__entity": {"type": "Group", "id": group}} for group in world.allowed[world.shelf[document]]],
        "denied": [{"__entity": {"type": "Group", "id": denied}}] if denied else [],
    }
    return _entity("Document", document, [], said)


def _entity(kind: str, id_: str, inside: Sequence[str | None], attributes: dict[str, Any]) -> dict[str, Any]:
    parents = [{"type": "Group", "id": group} for group in inside if group]
    return {"uid": {"type": kind, "id": id_}, "parents": parents, "attrs": attributes}
