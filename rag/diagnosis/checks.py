"""Answering, diagnosis: a verdict and a fix for each entry of the troubleshooting page; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rag.diagnosis.facts import Check, Facts, Verdict
from rag.personas.values import Grounding, Strategy

_STRICT_SCORE = 0.5  # above which weak but fitting passages are lost
_MANY = 20  # passages in one prompt
_IGNORED: Final = "Persona answers from system prompt, ignores attached sources"
_CONFABULATES: Final = "Persona confabulates"
_SHARES: Final = "ScaiDrive shares list returns 503 or 502"
_NO_CHUNKS: Final = "ScaiDrive source returns no chunks at invocation time"
OK, WARNING, PROBLEM, UNKNOWN = Verdict.OK, Verdict.WARNING, Verdict.PROBLEM, Verdict.UNKNOWN


def model(facts: Facts) -> Check:
    """Whether it could be published."""
    id_, entry, slug = "model", "Publishing returns PERSONA_MODEL_NOT_FOUND", facts.persona.model_slug
    if facts.model_found and not facts.model_enabled:
        finding = f"The tenant is not enabled for {slug!r}."
        return Check(id_, entry, PROBLEM, finding, f"An operator adds {slug!r} to the tenant's enabled_models.")
    if facts.model_found:
        return Check(id_, entry, OK, f"model_slug {slug!r} is a chat model this tenant sees.")
    fix = "Take a slug from GET /v1/models, or have the model restored; until then the persona stays as it is."
    return Check(id_, entry, PROBLEM, f"model_slug {slug!r} is no chat model this tenant sees.", fix)


def invocation(facts: Facts) -> Check:
    """Whether it is found by who calls it."""
    id_, entry = "invocation", "Caller gets `model not found` invoking a published persona"
    if facts.published_slug is None:
        wanted = f"tenant/{facts.tenant_slug}/{facts.persona.slug}"
        return Check(id_, entry, PROBLEM, "It is not published.", f"Publish it; it is called as {wanted!r} then.")
    if not facts.enabled:
        fix = f"An operator adds {facts.published_slug!r} to the tenant's enabled_models."
        return Check(id_, entry, PROBLEM, "The tenant is not enabled for its model.", fix)
    if not facts.links:
        fix = "Link a backend to the model behind it, then publish again."
        return Check(id_, entry, PROBLEM, "No backend serves its model.", fix)
    return Check(id_, entry, OK, f"It is called as {facts.published_slug!r}, never by its own slug or a tenant's id.")


def rag_enabled(facts: Facts) -> Check:
    """Whether it looks for anything."""
    if facts.persona.rag_enabled:
        return Check("rag_enabled", _IGNORED, OK, "rag_enabled is true.")
    verdict = PROBLEM if facts.sources else WARNING
    return Check("rag_enabled", _IGNORED, verdict, "rag_enabled is false: sources are not read.", "Set it to true.")


def active_sources(facts: Facts) -> Check:
    """Whether there is anything it reads."""
    if facts.active:
        return Check("active_sources", _IGNORED, OK, f"{len(facts.active)} of {len(facts.sources)} sources are active.")
    fix = "Set the status of a source to active." if facts.sources else "Attach a collection or a share."
    verdict = PROBLEM if facts.persona.rag_enabled else WARNING
    return Check("active_sources", _IGNORED, verdict, "No source is active.", fix)


def collection_access(facts: Facts) -> Check:
    """Whether the caller may read what it reads; what is gone and what is hidden look the same."""
    hidden = [one for one in facts.active if facts.readable.get(one.id) is False]
    if not hidden:
        return Check("collection_access", _IGNORED, OK, "You may read every collection it reads.")
    names = ", ".join(f"{one.source_name!r} ({one.source_id})" for one in hidden)
    fix = (
        "Ask for READ, or try it as somebody who has it: POST …/preview with as_user_id. If the collection is gone or"
        " its id is wrong (the log says persona_rag_collection_search_error), attach the right one."
    )
    return Check("collection_access", _IGNORED, PROBLEM, f"Not there, or not yours to read: {names}.", fix)


def min_score(facts: Facts) -> Check:
    """Whether too little is let through."""
    id_, set_to, tried = "min_score", facts.persona.rag_min_score, facts.tried
    fix = "Drop rag_min_score to 0.3 or 0.4."
    if tried is not None and tried.kept == 0 and tried.below:
        return Check(id_, _IGNORED, PROBLEM, f"All {tried.below} passages found score below {set_to}.", fix)
    if tried is not None and tried.kept == 0:
        finding = "The question finds nothing that you may read, at any score."
        return Check(id_, _IGNORED, WARNING, finding, "Ask what the sources do say, or look at their documents.")
    if tried is not None:
        return Check(id_, _IGNORED, OK, f"{tried.kept} passages reach the model; {tried.below} more score too little.")
    if set_to is not None and set_to > _STRICT_SCORE:
        return Check(id_, _IGNORED, WARNING, f"rag_min_score is {set_to}: weaker matches are left out.", fix)
    finding = "rag_min_score is not set." if set_to is None else f"rag_min_score is {set_to}."
    return Check(id_, _IGNORED, OK, f"{finding} Give ?query= to see what a question finds.")


def confabulation(facts: Facts) -> Check:
    """Whether it is kept to what was found."""
    persona = facts.persona
    advice = {
        "Set grounding to strict, and say in system_prompt to answer only from what is given.": (
            persona.grounding != Grounding.STRICT
        ),
        "Set rag_min_score, so that weak passages stay out.": persona.rag_min_score is None,
        f"Lower rag_top_k from {persona.rag_top_k}.": persona.rag_top_k > _MANY,
        "Try rag_strategy multi_step.": persona.rag_strategy == Strategy.SINGLE_STEP,
    }
    if persona.grounding == Grounding.STRICT:
        return Check("grounding", _CONFABULATES, OK, "grounding is strict: with nothing found it says so.")
    fix = " ".join(sentence for sentence, fits in advice.items() if fits)
    return Check("grounding", _CONFABULATES, WARNING, "grounding is permissive: it may answer from its model.", fix)


def shares(facts: Facts) -> Check:
    """Whether shares can be listed."""
    if not facts.drive_set_up:
        fix = "An operator sets scaidrive_base_url: PUT /v1/modules/scaipersona/config."
        verdict = PROBLEM if facts.shares else OK
        return Check("shares", _SHARES, verdict, "ScaiDrive is not set up (SCAIDRIVE_NOT_CONFIGURED).", fix)
    if facts.uses_key:
        finding = "You came with an API key, which there is no ScaiDrive token for (SCAIDRIVE_TOKEN_EXCHANGE_FAILED)."
        return Check("shares", _SHARES, WARNING, finding, "Try again with a ScaiKey token.")
    if facts.shares_fault is not None:
        finding = f"Listing shares fails for you ({facts.shares_fault})."
        return Check("shares", _SHARES, PROBLEM, finding, "Sign in anew; then look at ScaiKey and ScaiDrive.")
    return Check("shares", _SHARES, OK, "ScaiDrive is set up, and you came with a token.")


def share_retrieval(facts: Facts) -> Check:
    """Whether shares answer a question."""
    id_ = "share_retrieval"
    if not facts.shares:
        return Check(id_, _NO_CHUNKS, OK, "No active source is a share.")
    if facts.uses_key:
        finding = "Whoever calls with an API key gets nothing of its shares."
        return Check(id_, _NO_CHUNKS, WARNING, finding, "Call it with the person's own ScaiKey token.")
    if facts.tried is None:
        return Check(id_, _NO_CHUNKS, UNKNOWN, "Shares were not asked.", "Give ?query= to ask them.")
    failed = [
        f"{one.source_name!r} ({facts.tried.faults[one.id]})" for one in facts.shares if one.id in facts.tried.faults
    ]
    if failed:
        fix = "Look for persona_rag_token_exchange_error or scaidrive_search_error in the log of this request."
        return Check(id_, _NO_CHUNKS, PROBLEM, f"Failed: {', '.join(failed)}.", fix)
    return Check(id_, _NO_CHUNKS, OK, "Every share answered.")


def groups(facts: Facts) -> Check:
    """Which groups it is in."""
    id_, entry = "groups", "Publishing assigns to no groups even though `group_ids` was passed"
    if facts.groups:
        return Check(id_, entry, OK, f"It is in: {', '.join(facts.groups)}.")
    fix = (
        "Groups outside your scope are left out: tenant-admins assign to their tenant's, partner-admins to their"
        " partner's, super-admins to any, global ones too. The answer of publish says it for each."
    )
    return Check(id_, entry, WARNING if facts.published_slug else OK, "It is in no group that you see.", fix)


def avatar(facts: Facts) -> Check:
    """Whether a picture could be kept."""
    id_, entry = "avatar", "Avatar upload returns `STORAGE_ERROR`"
    if facts.storage_fault is None:
        return Check(id_, entry, OK, "Pictures can be kept.")
    fix = "Look at the bucket, its region, its credentials and its room in the settings of the module; then try again."
    return Check(id_, entry, PROBLEM, f"The store of pictures does not answer ({facts.storage_fault}).", fix)


def slug(facts: Facts) -> Check:
    """Whether its slug is its own."""
    finding = f"{facts.persona.slug!r} is this persona's alone in the tenant; other tenants may have their own."
    return Check("slug", "Persona slug collides", OK, finding)


def updates(facts: Facts) -> Check:
    """Whether what callers reach is what was saved."""
    id_, entry = "updates", "Updates don't appear in invocations"
    if facts.published_slug is None:
        return Check(id_, entry, PROBLEM, "It is not published, so nothing answers by it.", "Publish it.")
    if facts.drift:
        finding = f"The model behind it has changed since: {', '.join(facts.drift)}."
        return Check(id_, entry, WARNING, finding, "Publish it again to take that over.")
    return Check(id_, entry, OK, "Callers reach exactly what is saved, in every process.")


def accounting(facts: Facts) -> Check:
    """Where its use is reckoned."""
    id_, entry = "accounting", "Persona invocations not metered against the right cost centre"
    if facts.published_slug is None:
        return Check(id_, entry, OK, "It is not published, so nothing is reckoned on it.")
    finding = f"Use is reckoned on {facts.published_slug!r}, not on {facts.persona.model_slug!r}."
    return Check(id_, entry, OK, f"{finding} Group by model, or filter for slugs that begin with tenant/.")


ALL: Sequence[Callable[[Facts], Check]] = (
    model,
    invocation,
    rag_enabled,
    active_sources,
    collection_access,
    min_score,
    confabulation,
    shares,
    share_retrieval,
    groups,
    avatar,
    slug,
    updates,
    accounting,
)
