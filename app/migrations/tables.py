"""Roof, migrations: every table of the platform, for Alembic and for the house tests."""

from __future__ import annotations

import acl.tables
import app.accounting.tables
import app.audit.tables
import app.db.epochs
import app.idempotency.tables
import app.identity.directory.tables
import app.identity.tables
import app.inference.tables
import app.jobs.tables
import app.limits.tables
import app.modules.tables
import app.webhooks.tables
import evals.tables
import indexing.collections.tables
import indexing.crawls.tables
import indexing.documents.tables
import indexing.editions.tables
import indexing.erasing.tables
import indexing.forking.tables
import indexing.graphs.readings
import indexing.graphs.tables
import indexing.maintenance.tables
import rag.personas.tables
from app.db.base import Base

__all__ = ["METADATA", "acl", "app", "evals", "indexing", "rag"]

METADATA = [Base.metadata, app.limits.tables.Counters.metadata]
