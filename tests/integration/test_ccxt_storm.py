"""A storm over the embedded Bitget: what our feed makes of it, and that the same storm hurts plain ccxt."""

import importlib

import pytest

from benchmarks.storm import GAPS, QUIET_ROUNDS, Looks, forecast, storm

SEED, ORDERLY, WILD = 3, 14, 6


@pytest.fixture(scope="module", autouse=True)
def library():
    return importlib.import_module("ccxt.pro")


@pytest.mark.slow
async def test_every_gap_is_found_and_no_wrong_book_is_ever_shown_as_good():
    result = await storm(seed=SEED, orderly=ORDERLY, wild=WILD)
    ours, plain = result.ours, result.plain
    assert ours.quiet == plain.quiet == Looks(right=2 * QUIET_ROUNDS), "without faults both are right"
    assert min(result.injected.values()) > 0
    assert result.due == sum(GAPS.get(weather, 0) for weather in forecast(SEED, ORDERLY, WILD)) > 0
    assert result.due_found == result.due, "one gap for each break, none for a change that came twice"
    assert ours.found == ours.breaks > result.due
    assert ours.wrong_as_good == 0
    assert ours.pictures > ORDERLY + WILD
    assert (ours.later.right, ours.later.withheld) == (ORDERLY + WILD, 0), "it always comes back"
    assert plain.breaks >= result.due
    assert plain.found == 0
    assert plain.wrong_as_good > 0, "or the storm was none"
