"""Tests of identity: people, tenants, keys, groups and tokens."""
