"""Fixtures that several kinds of test share."""

from pathlib import Path

import pytest

from omega_tui.clock import ManualClock

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often programs are killed in tests of what survives it."""
    parser.addoption("--kills", type=int, default=25, help="kill -9 so often at random moments")
    parser.addoption("--console-kills", type=int, default=4, help="kill -9 the console in a pty so often")


@pytest.fixture
def captures() -> Path:
    """The folder of recorded frames that lies beside a checkout; the test skips where it is absent."""
    if not CAPTURES.is_dir():
        pytest.skip("recorded frames (../shared/captures) are not on this machine")
    return CAPTURES


@pytest.fixture
def clock() -> ManualClock:
    """A clock that moves only when told."""
    return ManualClock()
