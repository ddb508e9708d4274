"""Measuring, runs: a run begins to be: what is measured is settled, and the job that measures promised with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from acl.permission import Permission, ResourceKind
from acl.ref import ResourceRef
from acl.requiring import not_there
from acl.resolver import AclResolver
from app.db.bulk import add_rows, batches
from app.db.transaction import Transaction
from app.errors import ValidationFailed
from app.identity.caller import Caller
from app.identity.tables import ACTIVE, Tenant, User
from app.ids import new_id
from app.inference.callable import CallableModel
from app.inference.catalogue import Catalogue
from app.jobs.asking import Wanted, ask_for, call_off
from app.jobs.kinds import JobKind
from app.jobs.ports import JobQueue
from evals.errors import TooManyEvaluations
from evals.hashing import ANSWERING, configuration, hash_of
from evals.judging.choosing import judged_by
from evals.queries import cases_of, version_of
from evals.runs.draft import Draft, draft_of, fields_of, model_of
from evals.runs.ending import end
from evals.runs.errors import EvaluationRunEnded, EvaluationRunGoesOn
from evals.tables import EvalAnswer, EvalRun, EvalSet
from evals.values import ENDED, Caps, Case, Eyes, RunConfig, RunStatus, Stage
from indexing.collections.tables import Collection
from indexing.maintenance.generations import held_generations
from rag.personas.queries import all_sources
from rag.personas.tables import PersonaRow
from rag.personas.values import SourceType

MOST_ANSWERS, MOST_READERS = 20_000, 200  # of one run
MOST_RUNS, MOST_AT_ONCE = 1_000, 10  # of one tenant
_SHELF = SourceType.COLLECTION
_PLACE = ("source_type", "source_id", "source_name", "weight")


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that could begin: what it is of, whom it asks for, and in what order."""

    config: RunConfig
    measured: Mapping[str, Any]
    config_hash: str
    model: CallableModel
    asked: Sequence[tuple[Case, str]]  # with the id of the reader
    draft: Draft

    @property
    def readers(self) -> list[str]:
        """Everybody it is asked for, each once."""
        return list(dict.fromkeys(reader for _, reader in self.asked))


@dataclass(frozen=True, slots=True)
class Planning:
    """Settles what a run would measure, as its caller, who was let at the persona and the set."""

    transaction: Transaction
    catalogue: Catalogue
    resolver: AclResolver
    caller: Caller
    tenant_id: str

    async def plan(self, config: RunConfig, persona: PersonaRow, asked: EvalSet) -> Planned:
        """Find out what would be measured; nothing is written."""
        session = self.transaction.session
        version = await version_of(session, asked, config.set_number or None)
        config = replace(config, persona_id=persona.id, set_id=asked.id, set_number=version.number)
        cases = await cases_of(session, asked.id, version.number)
        readers = await self._readers(cases, config.readers)
        config = replace(config, readers=[readers[said] for said in dict.fromkeys(config.readers)])
        fields = {name: value for name, value in {**fields_of(persona), **config.changes}.items() if name in ANSWERING}
        places = await self._places(persona, config.changes)
        draft = draft_of(persona, {**config.changes, **fields}, places)
        tenant = await session.get_one(Tenant, self.tenant_id)
        model = await model_of(draft, self.catalogue, self.caller, tenant.slug)
        beside = {
            **await self._generations(places, ahead=config.ahead),
            "model": {"slug": model.slug, "on": sorted(link.upstream_model for link in model.backends)},
            "set": {"id": asked.id, "number": version.number, "digest": version.digest},
            "readers": sorted(config.readers) or None,
            "runner": self.caller.user_id,
            "metrics": sorted(config.metrics),
            "judge": None if config.judge is None else [config.judge, judged_by()],
        }
        config_hash = hash_of(configuration(fields, places))
        measured = {"persona": {"fields": fields, "places": places}, "configuration": config_hash, **beside}
        return Planned(config, measured, config_hash, model, _asked(cases, config, readers, self.caller), draft)

    async def _readers(self, cases: Sequence[Case], more: Sequence[str]) -> dict[str, str]:
        """The ids of all who are named, by how they are named; who is not there is said with the case."""
        said = dict.fromkeys([*(case.reader for case in cases if case.reader), *more])
        found: dict[str, str] = {}
        for some in batches(said):
            wanted = select(User.id, User.email).where(
                User.tenant_id == self.tenant_id, User.status == ACTIVE, or_(User.id.in_(some), User.email.in_(some))
            )
            for id_, email in await self.transaction.session.execute(wanted):
                found |= {id_: id_, email: id_}
        missing = [one for one in said if one not in found]
        if missing:
            case = next((case.id for case in cases if case.reader == missing[0]), None)
            where = "readers" if case is None else f"cases.{case}.reader"
            raise ValidationFailed.of(where, f"{missing[0]!r} is nobody of this tenant, or may not come in")
        return {one: found[one] for one in said}

    async def _places(self, persona: PersonaRow, changes: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "sources" in changes:
            names = await self._names([one["source_id"] for one in changes["sources"] if one["source_type"] == _SHELF])
            plain = {"weight": 1.0}
            return [
                {**plain, **one, "source_name": names.get(one["source_id"], one["source_id"])}
                for one in changes["sources"]
            ]
        rows = await all_sources(self.transaction.session, persona.id)
        return [{name: getattr(row, name) for name in _PLACE} for row in rows if row.status == "active"]

    async def _names(self, collection_ids: Sequence[str]) -> dict[str, str]:
        """What collections of a draft are called; one that the caller may not read is not there, as for an author."""
        if not collection_ids:
            return {}
        wanted = {ResourceKind.COLLECTION: collection_ids}
        readable = (await self.resolver.permitted(self.caller, wanted, Permission.READ))[ResourceKind.COLLECTION]
        present = (Collection.id.in_(readable), Collection.deleted_at.is_(None))
        rows = await self.transaction.session.execute(select(Collection.id, Collection.name).where(*present))
        names = {id_: name for id_, name in rows}  # noqa: C416 - rows are no pairs to mypy
        for id_ in collection_ids:
            if id_ not in names:
                raise not_there(ResourceRef.collection(id_))
        return names

    async def _generations(self, places: Sequence[Mapping[str, Any]], *, ahead: bool) -> dict[str, dict[str, int]]:
        """Which generation of each collection is asked, and which of these are built and held."""
        session, ids = self.transaction.session, [one["source_id"] for one in places]
        found = await session.execute(select(Collection.id, Collection.generation).where(Collection.id.in_(ids)))
        generations = {id_: generation for id_, generation in found}  # noqa: C416 - rows are no pairs to mypy
        if not ahead:
            return {"generations": generations}
        held = await held_generations(session, ids)
        if not held:
            raise ValidationFailed.of("ahead", "Nothing is held: re-chunk a collection of the persona with `hold`.")
        return {"generations": {**generations, **held}, "ahead": held}


@dataclass(frozen=True, slots=True)
class Launch:
    """Begins runs, calls them off, and has them go on."""

    transaction: Transaction
    jobs: JobQueue
    caller: Caller
    tenant_id: str

    async def begin(self, planned: Planned, note: str | None) -> EvalRun:
        """Begin a run."""
        await self._require_room(planned)
        now, config = self.transaction.clock.now(), planned.config
        only_me = planned.readers == [self.caller.user_id]
        run = EvalRun(
            id=new_id("run"),
            tenant_id=self.tenant_id,
            set_id=config.set_id,
            set_number=config.set_number,
            persona_id=config.persona_id,
            config=config.written(),
            measured=dict(planned.measured),
            config_hash=planned.config_hash,
            measured_hash=hash_of({name: said for name, said in planned.measured.items() if name != "persona"}),
            note=note,
            eyes=Eyes.READER if only_me else Eyes.BOTH,
            started_by=self.caller.user_id,
            key_id=self.caller.key_id,
            status=RunStatus.PENDING,
            total=len(planned.asked),
            changes=1,
            created_at=now,
            updated_at=now,
        )
        session = self.transaction.session
        session.add(run)
        await session.flush()
        asked = enumerate(planned.asked)
        await add_rows(session, EvalAnswer, (_row(run, place, case, reader) for place, (case, reader) in asked))
        await self._promise(run)
        return run

    async def cancel(self, run: EvalRun) -> bool:
        """End a run, which the transaction holds; whoever works on it writes nothing more. False if it had ended."""
        if run.status in ENDED:
            return False
        end(self.transaction, run, RunStatus.CANCELLED)
        run.cancel_asked = True
        await self.transaction.session.flush()
        await call_off(self.transaction, JobKind.RUN_EVALUATION, run.id)
        return True

    async def go_on(self, run: EvalRun, caps: Caps) -> None:
        """Have a run that reached a limit go on within others."""
        if run.status != RunStatus.CAPPED:
            if run.status in ENDED:
                raise EvaluationRunEnded("Only a run that was capped goes on; this one has ended. Begin another.")
            raise EvaluationRunGoesOn
        run.config = replace(RunConfig.read(run.config), caps=caps).written()
        run.status, run.stopped_by, run.finished_at, run.numbers = RunStatus.PENDING, None, None, None
        run.updated_at, run.changes = self.transaction.clock.now(), run.changes + 1
        await self.transaction.session.flush()
        await self._promise(run)

    async def remove(self, run: EvalRun) -> None:
        """Keep a run no longer, nor anything that was answered in it."""
        if run.status not in ENDED:
            raise EvaluationRunGoesOn
        await self.transaction.session.delete(run)
        await self.transaction.session.flush()

    async def _promise(self, run: EvalRun) -> None:
        await ask_for(self.transaction, self.jobs, Wanted(JobKind.RUN_EVALUATION, run.id, run.tenant_id))

    async def _require_room(self, planned: Planned) -> None:
        if len(planned.asked) > MOST_ANSWERS:
            said = f"makes {len(planned.asked)} answers; one run gets {MOST_ANSWERS} at most"
            raise ValidationFailed.of("readers", said)
        session = self.transaction.session
        if (await session.scalar(select(func.count(EvalRun.id))) or 0) >= MOST_RUNS:
            raise TooManyEvaluations(f"The tenant keeps {MOST_RUNS} runs, which is the limit; delete some first.")
        going = select(func.count(EvalRun.id)).where(EvalRun.status.in_([RunStatus.PENDING, RunStatus.RUNNING]))
        if (await session.scalar(going) or 0) >= MOST_AT_ONCE:
            raise TooManyEvaluations(f"{MOST_AT_ONCE} runs of the tenant go on; wait for one of them, or cancel it.")


def _row(run: EvalRun, place: int, case: Case, reader: str) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "position": place,
        "tenant_id": run.tenant_id,
        "case_id": case.id,
        "reader_id": reader,
        "stage": Stage.QUEUED,
        "attempts": 0,
        "documents": [],
        "refused": False,
        "leaked": False,
        "input_tokens": 0,
        "output_tokens": 0,
        "judge_tokens": 0,
        "cost": Decimal(0),
        "updated_at": run.created_at,
    }


def _asked(
    cases: Sequence[Case], config: RunConfig, readers: Mapping[str, str], runner: Caller
) -> list[tuple[Case, str]]:
    """Every case as its reader asks it, or as each of those who are named does."""
    if config.readers:
        return [(case, reader) for case in cases for reader in config.readers]
    return [(case, readers[case.reader] if case.reader else runner.user_id) for case in cases]
