"""Measuring: a persona that asks for it is answered by only what a run has shown to be good enough."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.db.transaction import Transaction
from app.errors import FieldIssue
from evals.errors import EvaluationGateFailed, EvaluationGateNotFound
from evals.gates import Gate
from evals.hashing import ANSWERING, configuration, hash_of
from evals.tables import EvalGate, EvalRun, EvalSet
from evals.values import RunStatus
from rag.personas.queries import all_sources
from rag.personas.tables import PersonaRow

SavedGate = EvalGate  # as the doors call it
_LOOKED_AT = 20  # runs, the newest first
_NEXT = "Run it: POST /v1/evals/runs with this persona and set; changes of a published one go into `changes`."


@dataclass(frozen=True, slots=True)
class PersonaGates:
    """What personas must reach, and whether they do."""

    transaction: Transaction

    async def present(self, persona_id: str, *, hold: bool = False) -> EvalGate | None:
        """What a persona must reach, if it asks for anything; held, it is as it is now, and stays so to the commit."""
        return await self.transaction.session.get(EvalGate, persona_id, with_for_update=hold or None)

    async def of(self, persona_id: str) -> EvalGate:
        """What a persona must reach; refuses where it asks for nothing."""
        found = await self.present(persona_id)
        if found is None:
            raise EvaluationGateNotFound("The persona asks for no gate; PUT one to have it ask.")
        return found

    async def write(self, persona_id: str, wanted: Mapping[str, Any], author_id: str) -> EvalGate:
        """Say what a persona must reach; what it is answered by now stays until it is changed or published again."""
        session, now = self.transaction.session, self.transaction.clock.now()
        row = await self.present(persona_id)
        if row is None:
            row = EvalGate(persona_id=persona_id, created_at=now)
            session.add(row)
        for name, value in wanted.items():
            setattr(row, name, value)
        row.set_by, row.updated_at = author_id, now
        await session.flush()
        return row

    async def remove(self, row: EvalGate) -> None:
        """Have a persona ask for nothing."""
        await self.transaction.session.delete(row)
        await self.transaction.session.flush()

    async def require(self, row: PersonaRow, fields: Collection[str] | None = None) -> None:
        """Refuse what the persona would be answered by from now on, unless its newest run has reached enough.

        `fields` are those that have changed; where no answer depends on them, nothing is asked.
        """
        if fields is not None and not set(fields) & set(ANSWERING):
            return
        gate = await self.present(row.id)
        if gate is None:
            return
        asked = await self.transaction.session.get_one(EvalSet, gate.set_id)
        run = await self._run(asked, row.id, await self._hash_of(row))
        if run is None:
            raise EvaluationGateFailed(
                f"The persona's gate asks for a finished run of version {asked.number} of the set {asked.slug!r} with"
                f" exactly this configuration, and there is none. {_NEXT}"
            )
        missed = Gate(gate.floors, gate.ceilings).missed(run.numbers or {})
        if missed:
            issues = [FieldIssue(one.metric, one.sentence) for one in missed]
            said = "; ".join(one.message for one in issues)
            raise EvaluationGateFailed(
                f"The run {run.id} does not pass the persona's gate: {said}. Change what it answers by, and run it"
                " again.",
                issues,
            )

    async def _hash_of(self, row: PersonaRow) -> str:
        sources = [one for one in await all_sources(self.transaction.session, row.id) if one.status == "active"]
        said = {name: getattr(row, name) for name in ANSWERING}
        places = [{name: getattr(one, name) for name in ("source_type", "source_id", "weight")} for one in sources]
        return hash_of(configuration(said, places))

    async def _run(self, asked: EvalSet, persona_id: str, config_hash: str) -> EvalRun | None:
        """The newest finished run of this configuration that asked what answers every case of its own reader."""
        wanted = select(EvalRun).where(
            EvalRun.persona_id == persona_id,
            EvalRun.set_id == asked.id,
            EvalRun.set_number == asked.number,
            EvalRun.config_hash == config_hash,
            EvalRun.status == RunStatus.COMPLETED,
        )
        runs = await self.transaction.session.scalars(wanted.order_by(EvalRun.id.desc()).limit(_LOOKED_AT))
        return next((run for run in runs if not (run.config.get("readers") or run.config.get("ahead"))), None)
