"""Measuring, runs: what is looked at while somebody watches a run."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table

from evals.errors import EvaluationRunNotFound
from evals.tables import EvalRun
from indexing.crawls.progress import Watchable

EVALUATIONS = Watchable("evaluations", cast("Table", EvalRun.__table__), EvaluationRunNotFound)
