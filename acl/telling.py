"""Allowing: why somebody may or may not, in one sentence; pure."""

from __future__ import annotations

from acl.decision import Ground, Rule
from acl.explaining import Explanation
from acl.facts import Entry, PrincipalType
from acl.names import Names
from acl.permission import APPLICABLE, names_of

_BY_STANDING = {
    Rule.SUPER_ADMIN: "{who} runs the platform, and no access list stops them.",
    Rule.TENANT_ADMIN: "{who} administers the organisation, and no access list of it stops them.",
    Rule.OWNER: "{who} owns the {kind}.",
    Rule.COLLECTION_OWNER: "{who} owns the collection that the document inherits from.",
    Rule.DEFAULT_ACCESS: "The collection is open to everyone in the organisation.",
}
_PLACES = {
    Rule.EXPLICIT_DENY: "Denied on the {kind} itself",
    Rule.EXPLICIT_ALLOW: "Allowed on the {kind} itself",
    Rule.INHERITED_DENY: "Denied on the collection",
    Rule.INHERITED_ALLOW: "Allowed on the collection",
}


def reason_of(explanation: Explanation, names: Names, remark: str = "") -> str:
    """Say what decided; `remark` is what there is to say of the deciding entry."""
    ground = explanation.decision.ground
    return f"{'Yes' if explanation.decision.allowed else 'No'}. {_why(explanation, ground, names, remark)}"


def principal_told(entry: Entry, names: Names) -> str:
    """Whom an entry speaks of."""
    if entry.principal_type is PrincipalType.EVERYONE:
        return "everyone"
    if entry.principal_type is PrincipalType.GROUP:
        return f"the group {names.of(entry.principal_id)}"
    return names.of(entry.principal_id)


def deeds_told(permissions: int) -> str:
    """The names of some deeds, in a row."""
    return ", ".join(names_of(permissions))


def _why(explanation: Explanation, ground: Ground, names: Names, remark: str) -> str:
    case = explanation.case
    who, kind = names.of(case.ties.user_id), str(case.resource.kind)
    if not case.ties.may_come_in:
        return f"{who if not case.ties.is_active else 'The organisation'} is suspended, and so cannot come in."
    if ground.entry is not None:
        told = f"{_PLACES[ground.rule].format(kind=kind)} to {principal_told(ground.entry, names)}"
        return told + _through(explanation, names) + (f": {remark}." if remark else ".")
    if ground.rule in _BY_STANDING:
        return _BY_STANDING[ground.rule].format(who=who, kind=kind)
    impossible = ground.permissions & ~APPLICABLE[case.resource.kind]
    if impossible:
        return f"{deeds_told(impossible)} cannot be done to a {kind}."
    return f"Nothing allows {who} {deeds_told(ground.permissions)} here."


def _through(explanation: Explanation, names: Names) -> str:
    """How the person comes to be in the group, where that is not plain."""
    way = [names.of(group_id) for group_id in explanation.group_path]
    if not way:
        return ""
    who = names.of(explanation.case.ties.user_id)
    return f", which {who} is in" + (f" through {' and '.join(way[-2::-1])}" if len(way) > 1 else "")
