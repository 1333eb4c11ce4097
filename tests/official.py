"""The official client of Polymarket, imported only where it is used: its curves cost two seconds."""

import sys
from importlib import import_module

import pytest


class Late:
    """A module that is imported by the first use of a name in it."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        return getattr(import_module(self._name), attribute)


official = Late("py_clob_client_v2")
types = Late("py_clob_client_v2.clob_types")


@pytest.fixture(scope="session")
def official_client():
    """Import the client before a test begins, so that no loop stands still and no example waits for it."""
    limit = sys.getrecursionlimit()
    pytest.importorskip("py_clob_client_v2", reason="the official client is not installed")
    sys.setrecursionlimit(limit)  # Which one of its libraries raises for the whole process.
