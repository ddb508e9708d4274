"""Short ways to ask about access lists."""

from __future__ import annotations

from typing import Any

import httpx

AROUND = ("scaimatrix:view", "scaimatrix:access")
BASE = "/v1/modules/scaimatrix"


def collection(id_: str) -> str:
    """The path of a collection's list."""
    return f"{BASE}/permissions/collection/{id_}"


def document(id_: str) -> str:
    """The path of a document's list."""
    return f"{BASE}/permissions/document/{id_}"


def legacy(id_: str) -> str:
    """The path of a collection's list in three words."""
    return f"{BASE}/collections/{id_}/access"


def ace(principal: str | None, permissions: Any = "VIEWER", **more: Any) -> dict[str, Any]:
    """An entry that allows something; for a user, for a group by its id, or for everyone."""
    kind = "everyone" if principal is None else "group" if principal.startswith("grp") else "user"
    whom = {} if principal is None else {"principal_id": principal}
    return {"ace_type": "allow", "principal_type": kind, **whom, "permissions": permissions, **more}


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code, and the field that is blamed."""
    error = answer.json()["error"]
    details = error.get("details", [])
    return answer.status_code, error["code"], details[0]["field"] if details else None
