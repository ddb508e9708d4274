"""Roof, command line: what people call things, turned into what the API calls them; the one place where it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.cli.remote import Exit, Stop

if TYPE_CHECKING:
    from app.sdk import ScaiGrid
    from app.sdk.shapes.allowing import Group, User
    from app.sdk.shapes.answering import Persona
    from app.sdk.shapes.knowing import Collection, Document
    from app.sdk.shapes.working import CrawlJob

EVERYONE = "everyone"


def collection(grid: ScaiGrid, called: str) -> Collection:
    """A collection by its id, slug or name."""
    found = grid.collections.find(called)
    if found is None:
        raise _absent("collection", called, [one.slug for one in grid.collections.list()])
    return found


def document(grid: ScaiGrid, called: str) -> Document:
    """A document by its id, or as `collection/name`."""
    if called.startswith("doc_"):
        return grid.documents.get(called)
    where, slash, name = called.partition("/")
    if not slash:
        raise Stop(f"{called!r} is neither the id of a document nor collection/name.", Exit.WRONG)
    held = collection(grid, where)
    listed = [one for one in grid.documents.list(held, name=name.rpartition("/")[2]) if name in names_of(one)]
    if len(listed) > 1:
        ids = ", ".join(one.id for one in listed)
        raise Stop(f"There are {len(listed)} documents called {called!r}; say which: {ids}", Exit.WRONG)
    if not listed:
        raise _absent("document", called, [f"{where}/{one.name}" for one in grid.documents.list(held)])
    return listed[0]


def names_of(one: Document) -> set[str]:
    """What a document is called: its name, and the path it was sent from."""
    path = one.metadata.get("path")
    return {one.name, path} if isinstance(path, str) else {one.name}


def resource(grid: ScaiGrid, called: str) -> Collection | Document:
    """A collection or a document."""
    return document(grid, called) if called.startswith("doc_") or "/" in called else collection(grid, called)


def user(grid: ScaiGrid, called: str) -> str:
    """The id of somebody by it, their address, the part of it before the @, or their name."""
    if called.startswith("usr_"):
        return called
    mine = grid.me()
    if called == "me" or called in {mine.email, mine.email.partition("@")[0]}:
        return mine.id
    return _one_of([one for one in grid.users.list() if _is_called(one, called)], "user", called).id


def principal(grid: ScaiGrid, called: str) -> str | None:
    """The id of a user or a group; None is everyone."""
    if called == EVERYONE:
        return None
    if called.startswith(("usr_", "grp_")):
        return called
    groups = [one for one in grid.groups.list() if one.name.casefold() == called.casefold()]
    people = [one for one in grid.users.list() if _is_called(one, called)]
    return _one_of([*groups, *people], "user or group", called).id


def persona(grid: ScaiGrid, called: str) -> Persona:
    """An assistant by its id, its slug, or what it is called by as a model."""
    found = grid.personas.find(called)
    if found is None:
        raise Stop(f"There is no persona {called!r} for you.", Exit.NOT_FOUND)
    return found


def model(grid: ScaiGrid, called: str) -> str:
    """The slug of a model; `demo/guide` is `tenant/demo/guide`, and so is `guide` to people of that tenant."""
    known = {one.slug for one in grid.models.list(modality="chat")}
    meant = [called, f"tenant/{called}"]
    if "/" not in called and called not in known:
        meant.append(f"tenant/{grid.me().tenant_slug}/{called}")
    found = next((slug for slug in meant if slug in known), None)
    if found is None:
        raise _absent("model", called, sorted(known))
    return found


def crawl_job(grid: ScaiGrid, id_: str, within: str | None) -> CrawlJob:
    """A run of a crawl by its id; without a collection, all are looked through."""
    from app.sdk import NotFound

    for one in [collection(grid, within)] if within else grid.collections.list():
        try:
            return grid.crawls.get(id_, collection=one)
        except NotFound:
            continue
    raise Stop(f"There is no crawl {id_!r} for you.", Exit.NOT_FOUND)


def _is_called(one: User, called: str) -> bool:
    wanted = called.casefold()
    return wanted in {one.email.casefold(), one.email.partition("@")[0].casefold(), one.name.casefold()}


def _one_of(found: list[User | Group], what: str, called: str) -> User | Group:
    if len(found) > 1:
        ids = ", ".join(f"{one.id} ({one.name})" for one in found)
        raise Stop(f"{called!r} may be any of these; say which: {ids}", Exit.WRONG)
    if not found:
        raise Stop(f"There is no {what} {called!r} for you.", Exit.NOT_FOUND)
    return found[0]


def _absent(what: str, called: str, known: list[str]) -> Stop:
    from difflib import get_close_matches

    near = get_close_matches(called, known, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return Stop(f"There is no {what} {called!r}, or it is not shared with you.{meant}", Exit.NOT_FOUND)
