"""Every table belongs to tenants, or says why it does not."""

from __future__ import annotations

import pytest
from sqlalchemy import JSON, Column, DateTime, Float, Numeric, String, Table

from app.cli.reference import import_everything
from app.db.base import Base, TenantOwned
from app.db.types import Money, UtcTime
from app.migrations.tables import METADATA

import_everything()

NOBODYS = {
    "partners": "above tenants",
    "tenants": "what tenants are",
    "epochs": "numbers by scope, without content",
    "directory_mirrors": "one line per tenant: when its directory was read, for the rounds and the health page",
    "directory_events": "digests without content, of events that may name no tenant",
    "audit_heads": "one line per tenant, read with its chain's lock",
    "api_key_uses": "a time beside a key, reached through the key alone",
    "providers": "the platform's",
    "backend_models": "the platform's",
    "backend_health": "the platform's",
    "frontend_models": "the platform's; who sees one is its visibility",
    "backend_links": "the platform's",
    "model_groups": "the platform's, a partner's or a tenant's by their scope",
    "model_group_members": "as their group",
    "module_switches": "by scope: everywhere or a tenant",
    "module_settings": "by scope: everywhere or a tenant",
    "budgets": "a partner's, or of one of its tenants",
    "budget_spends": "as their budget",
    "budget_reservations": "as their budget",
    "mod_scaimatrix_host_rests": "what hosts asked of all crawls together, by digests nobody is shown",
    "rate_windows": "counts that may be lost, by names nobody is shown",
}


def owned() -> set[str]:
    """The tables whose rows belong to a tenant."""
    mapped = [mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, TenantOwned)]
    return {mapper.local_table.name for mapper in mapped if isinstance(mapper.local_table, Table)}


def tables() -> list[Table]:
    return [table for metadata in METADATA for table in metadata.tables.values()]


def columns() -> list[tuple[str, Column[object]]]:
    return [(f"{table.name}.{column.name}", column) for table in tables() for column in table.columns]


def test_every_table_is_owned_by_tenants_or_says_why_not() -> None:
    assert {table.name for table in tables()} - owned() - set(NOBODYS) == set()
    assert owned() & set(NOBODYS) == set()


def test_every_mapped_class_is_known_to_the_migrations() -> None:
    known = {table.name for table in tables()}
    local = [mapper.local_table for mapper in Base.registry.mappers]
    assert {table.name for table in local if isinstance(table, Table)} <= known


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_every_table_is_compared_byte_by_byte_on_mariadb(table: Table) -> None:
    assert table.dialect_options["mysql"]["collate"] == "utf8mb4_nopad_bin"
    assert table.dialect_options["mysql"]["engine"] == "InnoDB"


def test_every_time_knows_its_zone_and_every_sum_is_exact() -> None:
    naive = [name for name, column in columns() if isinstance(column.type, DateTime) and not type_is(column, UtcTime)]
    rough = [name for name, column in columns() if isinstance(column.type, Numeric) and not type_is(column, Money)]
    rough = [name for name in rough if not isinstance(dict(columns())[name].type, Float)]
    assert naive == []
    assert rough == []
    assert [name for name, column in columns() if "cost" in name and isinstance(column.type, Float)] == []


def type_is(column: Column[object], kind: type[object]) -> bool:
    return isinstance(column.type, kind)


def test_every_text_that_is_compared_has_a_length() -> None:
    endless = [name for name, column in columns() if type(column.type) is String and column.type.length is None]
    assert endless == []


def test_every_name_fits_both_databases() -> None:
    named = [str(index.name) for table in tables() for index in table.indexes]
    named += [str(constraint.name) for table in tables() for constraint in table.constraints if constraint.name]
    assert [name for name in named if len(name) > 64] == []


def test_no_json_is_looked_up() -> None:
    """Neither database indexes what is inside, and each has its own words for it."""
    assert [
        name for name, column in columns() if isinstance(column.type, JSON) and (column.index or column.unique)
    ] == []
