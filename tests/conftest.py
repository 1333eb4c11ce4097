"""Fixtures that several kinds of test share."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from omega_tui.clock import ManualClock
from tests.official import official_client  # noqa: F401 - a fixture

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"


settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # Hypothesis' own limits go by the clock, which a busy machine breaks.


def pytest_addoption(parser: pytest.Parser) -> None:
    """How often programs are killed in tests of what survives it."""
    parser.addoption("--kills", type=int, default=25, help="kill -9 so often at random moments")
    parser.addoption("--console-kills", type=int, default=4, help="kill -9 the console in a pty so often")


def pytest_configure():
    """Collecting makes objects that stay to the end: to look for dead ones among them finds nothing."""
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is still busy with it when the others have ended."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish():
    """From here on only what tests leave is looked through."""
    gc.freeze()
    gc.enable()


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
