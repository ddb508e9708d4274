"""Measuring: sets of cases: made, changed into new versions, and removed; no version ever changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.db.bulk import add_rows, batches
from app.db.transaction import Transaction
from app.errors import SlugConflict, ValidationFailed
from app.ids import new_id
from evals.errors import EvaluationCaseNotFound, EvaluationSetInUse, TooManyEvaluations
from evals.files import MOST_CASES
from evals.hashing import canonical, hash_of, hash_of_set
from evals.tables import EvalCase, EvalGate, EvalRun, EvalSet, EvalSetVersion
from evals.values import ENDED, Case
from indexing.collections.naming import slug_of

MOST_SETS = 100  # of a tenant
MOST_VERSIONS = 1_000  # of a set
MOST_KEPT = 50_000  # cases of all versions of a set; one that stands in many counts once
MOST_KEPT_BYTES = 64 * 2**20  # of what these say


class _Standing(NamedTuple):
    """A case of the newest version, without what it says."""

    id: str
    case_id: str
    position: int
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case with what is reckoned of it, so that nobody holds a transaction meanwhile."""

    id: str
    said: dict[str, Any]
    digest: str
    size: int  # bytes


def prepared(cases: Iterable[Case]) -> list[Prepared]:
    """Reckon what a change needs of cases; of thousands it takes a while."""
    return [Prepared(case.id, said := case.written(), hash_of(said), len(canonical(said))) for case in cases]


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a set by a change of its cases; without any difference its version stays what it was."""

    version: EvalSetVersion
    added: int
    changed: int
    removed: int

    @property
    def is_new(self) -> bool:
        """Whether there is a version that was not there before."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class SetAuthoring:
    """Writes a tenant's sets; who may is asked before."""

    transaction: Transaction
    author_id: str

    async def add(self, said: Mapping[str, Any]) -> EvalSet:
        """Add a set; it asks nothing yet."""
        session, now = self.transaction.session, self.transaction.clock.now()
        if (await session.scalar(select(func.count(EvalSet.id))) or 0) >= MOST_SETS:
            raise TooManyEvaluations(f"The tenant keeps {MOST_SETS} sets, which is the limit; delete one first.")
        id_ = new_id("evs")
        values = {**said, "slug": said.get("slug") or slug_of(said["name"]) or f"set-{id_[-8:].lower()}"}
        row = EvalSet(id=id_, created_by=self.author_id, created_at=now, updated_at=now, **values)
        session.add(row)
        await self._written(row)
        return row

    async def change(self, row: EvalSet, said: Mapping[str, Any]) -> list[str]:
        """Give a set another name, slug or description; returns the names of what is other than before."""
        changed = {name: value for name, value in said.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if changed:
            row.updated_at = self.transaction.clock.now()
            await self._written(row)
        return sorted(changed)

    async def remove(self, row: EvalSet) -> None:
        """Remove a set with its versions and the runs of it."""
        session = self.transaction.session
        if await session.scalar(select(EvalGate.persona_id).where(EvalGate.set_id == row.id).limit(1)):
            raise EvaluationSetInUse("A persona's gate asks for this set; change or remove that gate first.")
        going_on = select(EvalRun.id).where(EvalRun.set_id == row.id, EvalRun.status.not_in([*ENDED]))
        if await session.scalar(going_on.limit(1)):
            raise EvaluationSetInUse("A run of this set is going on; cancel it, or wait for its end.")
        await session.delete(row)
        await session.flush()

    async def replace(self, row: EvalSet, cases: Sequence[Prepared], note: str | None = None) -> Changed:
        """Have a set ask these cases and no others."""
        if not cases:
            raise ValidationFailed.of("cases", "there is none; a version asks something")
        wanted = {case.id: case for case in cases}
        standing = await self._standing(row)
        gone = [one for one in standing.values() if one.case_id not in wanted]
        return await self._settle(row, standing, wanted, gone, note)

    async def put(self, row: EvalSet, cases: Sequence[Prepared], note: str | None = None) -> Changed:
        """Have a set ask these cases too, in place of those of the same ids."""
        wanted = {case.id: case for case in cases}
        if len(wanted) < len(cases):
            raise ValidationFailed.of("cases", "two of them have the same id")
        return await self._settle(row, await self._standing(row), wanted, (), note)

    async def drop(self, row: EvalSet, case_ids: Collection[str]) -> Changed:
        """Have a set ask these cases no longer."""
        standing = await self._standing(row)
        gone = [standing[case_id] for case_id in case_ids if case_id in standing]
        if not gone:
            raise EvaluationCaseNotFound
        if len(gone) == len(standing):
            raise ValidationFailed.of("cases", "none would be left; delete the set instead")
        return await self._settle(row, standing, {}, gone, None)

    async def _standing(self, row: EvalSet) -> dict[str, _Standing]:
        columns = (EvalCase.id, EvalCase.case_id, EvalCase.position, EvalCase.digest)
        wanted = select(*columns).where(EvalCase.set_id == row.id, EvalCase.until.is_(None)).order_by(EvalCase.position)
        return {found.case_id: _Standing(*found) for found in await self.transaction.session.execute(wanted)}

    async def _settle(
        self,
        row: EvalSet,
        standing: Mapping[str, _Standing],
        wanted: Mapping[str, Prepared],
        gone: Sequence[_Standing],
        note: str | None,
    ) -> Changed:
        fresh = [id_ for id_ in wanted if id_ not in standing]
        others = [id_ for id_ in wanted if id_ in standing and standing[id_].digest != wanted[id_].digest]
        if not (fresh or others or gone):
            return Changed(await self._newest(row), 0, 0, 0)
        left = {one.case_id: one.digest for one in standing.values()}
        for one in gone:
            del left[one.case_id]
        left |= {id_: wanted[id_].digest for id_ in (*fresh, *others)}
        number = self._next(row, len(left))
        await self._end([*gone, *(standing[id_] for id_ in others)], number)
        last = max((one.position for one in standing.values()), default=-1)
        places = {id_: standing[id_].position for id_ in others} | {id_: last + at for at, id_ in enumerate(fresh, 1)}
        await self._begin(row, [(wanted[id_], place) for id_, place in places.items()], number)
        version = await self._version(row, number, hash_of_set(left), len(left), note)
        return Changed(version, len(fresh), len(others), len(gone))

    def _next(self, row: EvalSet, cases: int) -> int:
        if cases > MOST_CASES:
            raise TooManyEvaluations(f"A set has at most {MOST_CASES} cases; this would be {cases}.")
        if row.number >= MOST_VERSIONS:
            raise TooManyEvaluations(f"The set has {MOST_VERSIONS} versions; go on in a new one with an export of it.")
        return row.number + 1

    async def _end(self, ended: Iterable[_Standing], number: int) -> None:
        for some in batches([one.id for one in ended]):
            stop = update(EvalCase).where(EvalCase.id.in_(some)).values(until=number)
            await self.transaction.session.execute(stop.execution_options(synchronize_session=False))

    async def _begin(self, row: EvalSet, cases: Sequence[tuple[Prepared, int]], number: int) -> None:
        rows = [
            {
                "id": new_id("evc"),
                "set_id": row.id,
                "case_id": case.id,
                "position": position,
                "since": number,
                "until": None,
                "digest": case.digest,
                "said": case.said,
            }
            for case, position in cases
        ]
        size = sum(case.size for case, _ in cases)
        if row.kept + len(rows) > MOST_KEPT or row.kept_bytes + size > MOST_KEPT_BYTES:
            raise TooManyEvaluations(
                "The set's versions are all it has room for; go on in a new one with an export of it."
            )
        row.kept, row.kept_bytes = row.kept + len(rows), row.kept_bytes + size
        await add_rows(self.transaction.session, EvalCase, rows)

    async def _version(self, row: EvalSet, number: int, digest: str, cases: int, note: str | None) -> EvalSetVersion:
        now: datetime = self.transaction.clock.now()
        version = EvalSetVersion(
            set_id=row.id,
            number=number,
            digest=digest,
            cases=cases,
            note=note,
            created_by=self.author_id,
            created_at=now,
        )
        self.transaction.session.add(version)
        row.number, row.cases, row.updated_at = number, cases, now
        await self.transaction.session.flush()
        return version

    async def _newest(self, row: EvalSet) -> EvalSetVersion:
        return await self.transaction.session.get_one(EvalSetVersion, (row.id, row.number))

    async def _written(self, row: EvalSet) -> None:
        slug = row.slug
        try:
            await self.transaction.session.flush()
        except IntegrityError:
            raise SlugConflict(
                f"The slug {slug!r} is taken by another set; choose another or change that one."
            ) from None
