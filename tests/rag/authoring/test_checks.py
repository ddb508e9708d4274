"""What follows from what is known of a persona: a verdict for each entry of the troubleshooting page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rag.diagnosis.facts import Check, Facts, Tried, Verdict
from rag.diagnosis.run import concluded
from rag.personas.authoring import SavedPersona
from rag.personas.sources import SavedSource

SHARE = SavedSource(id="src_share", source_type="scaidrive", source_id="7", source_name="Drive", status="active")
WELL = Facts(
    persona=SavedPersona(
        slug="help", model_slug="some/model", rag_enabled=True, rag_min_score=0.4, rag_top_k=5, grounding="strict",
        rag_strategy="multi_step",
    ),
    sources=[SHARE],
    tenant_slug="acme",
    model_found=True,
    model_enabled=True,
    published_slug="tenant/acme/help",
    drift=[],
    links=1,
    enabled=True,
    groups=["team"],
    readable={},
    uses_key=False,
    drive_set_up=True,
    tried=Tried(kept=3, below=0),
)  # fmt: skip


def check(id_: str, **changes: Any) -> Check:
    """One check, where something is other than well."""
    return {one.id: one for one in concluded(replace(WELL, **changes))}[id_]


def test_where_all_is_well_every_check_says_so_and_none_has_a_fix() -> None:
    assert {one.verdict for one in concluded(WELL)} == {Verdict.OK}
    assert [one.fix for one in concluded(WELL) if one.fix is not None] == []
    assert len({one.id for one in concluded(WELL)}) == len(concluded(WELL))


@pytest.mark.parametrize(
    ("id_", "changes", "verdict", "word"),
    [
        ("shares", {"drive_set_up": False}, Verdict.PROBLEM, "SCAIDRIVE_NOT_CONFIGURED"),
        ("shares", {"uses_key": True}, Verdict.WARNING, "SCAIDRIVE_TOKEN_EXCHANGE_FAILED"),
        ("shares", {"shares_fault": "SCAIDRIVE_FAILED"}, Verdict.PROBLEM, "SCAIDRIVE_FAILED"),
        ("share_retrieval", {"tried": None}, Verdict.UNKNOWN, "not asked"),
        ("share_retrieval", {"uses_key": True}, Verdict.WARNING, "API key"),
        (
            "share_retrieval",
            {"tried": Tried(0, 0, {"src_share": "SCAIDRIVE_TOKEN_EXCHANGE_FAILED"})},
            Verdict.PROBLEM,
            "'Drive' (SCAIDRIVE_TOKEN_EXCHANGE_FAILED)",
        ),
        ("min_score", {"tried": Tried(0, 4)}, Verdict.PROBLEM, "4 passages"),
        ("min_score", {"tried": Tried(0, 0)}, Verdict.WARNING, "at any score"),
        ("min_score", {"tried": Tried(2, 4)}, Verdict.OK, "4 more"),
        ("groups", {"groups": []}, Verdict.WARNING, "no group"),
        ("avatar", {"storage_fault": "STORAGE_ERROR"}, Verdict.PROBLEM, "STORAGE_ERROR"),
        ("updates", {"drift": ["backends"]}, Verdict.WARNING, "backends"),
        ("invocation", {"links": 0}, Verdict.PROBLEM, "backend"),
        ("invocation", {"enabled": False}, Verdict.PROBLEM, "not enabled"),
        ("model", {"model_found": False}, Verdict.PROBLEM, "some/model"),
        ("model", {"model_enabled": False}, Verdict.PROBLEM, "not enabled"),
        ("collection_access", {"readable": {"src_share": False}}, Verdict.PROBLEM, "Drive"),
    ],
)
def test_what_is_not_well_is_named_with_its_fix(id_: str, changes: Any, verdict: Verdict, word: str) -> None:
    found = check(id_, **changes)
    assert found.verdict is verdict
    assert word in found.finding
    assert (found.fix is not None) == (verdict is not Verdict.OK)
