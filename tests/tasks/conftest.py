"""A platform on which nobody does the jobs but who the test puts to work."""

from tests.app.jobs.conftest import idle, mine

__all__ = ["idle", "mine"]
