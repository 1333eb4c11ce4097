"""What a venue says that it takes, whether its rules are old, and whether the machine was away."""

import random

import pytest

from omega_tui.bus.local import LocalBus
from omega_tui.clock import ManualClock
from omega_tui.domain.events.account import VenueStateChanged
from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.domain.events.status import Severity
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.venue_state import VenueState
from omega_tui.services.instrument_facts import InstrumentFacts
from omega_tui.services.market_view import MarketView
from omega_tui.services.pauses import Pauses
from omega_tui.services.venue_state import VenueStateWatch
from omega_tui.venues.base import Accepted, Refused, Unknown
from omega_tui.venues.polymarket_data import PolymarketData

S = 1_000_000_000


class Watched:
    def __init__(self):
        self.clock = ManualClock()
        self.told = []
        bus = LocalBus()
        self.shown = bus.subscribe(VenueStateChanged)
        self.watch = VenueStateWatch("sim", self.clock, lambda *words: self.told.append(words), bus)

    def states(self, *seconds):
        found = []
        for step in seconds:
            self.clock.advance(step)
            self.watch.check()
            found.append(self.watch.status().state)
        return found


def test_an_engine_that_restarts_is_away_and_then_takes_what_rests():
    watched = Watched()
    watched.watch.heard(Unknown("HTTP 425: restarting", "RESTARTING"))
    assert watched.states(0, 89.9, 0.2, 119, 1) == [
        VenueState.RESTARTING,
        VenueState.RESTARTING,
        VenueState.POST_ONLY,
        VenueState.POST_ONLY,
        VenueState.OPEN,
    ]
    assert [severity for severity, _, _ in watched.told] == [
        Severity.WARNING,
        Severity.WARNING,
        Severity.INFO,
    ]


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("CANCEL_ONLY", VenueState.CANCEL_ONLY),
        ("TRADING_DISABLED", VenueState.HALTED),
        ("MAINTENANCE", VenueState.HALTED),
    ],
)
def test_what_refuses_every_order_is_tried_again_later(code, state):
    watched = Watched()
    watched.watch.heard(Refused(code, "not now"))
    assert watched.watch.status().reason == "not now"
    assert watched.states(0, 29, 2) == [state, state, VenueState.OPEN]


def test_said_again_it_lasts_anew():
    watched = Watched()
    watched.watch.heard(Refused("CANCEL_ONLY", "not now"))
    watched.clock.advance(20)
    [first] = watched.shown.drain()
    watched.watch.heard(Refused("CANCEL_ONLY", "not now"))
    [again] = watched.shown.drain()
    assert (again.state, again.until_ns - first.until_ns) == (VenueState.CANCEL_ONLY, 20 * S)
    assert watched.states(20, 11) == [VenueState.CANCEL_ONLY, VenueState.OPEN]


def test_an_answer_about_the_order_says_nothing_of_the_venue():
    watched = Watched()
    for outcome in (Refused("BALANCE", "not enough"), Unknown("no answer"), Accepted("v1", "LIVE")):
        watched.watch.heard(outcome)
    assert watched.states(0) == [VenueState.OPEN]
    assert not watched.told


# ------------------------------------------------------------------------------- old rules


def instrument_of(name="YES", **changes):
    return Instrument(name, "sim", "Will it?", tick_size="0.01", **changes)


def test_rules_are_as_old_as_the_venue_told_them():
    clock, bus = ManualClock(), LocalBus()
    view = MarketView("sim", bus, clock, DataLimits())
    assert view.metadata_age_s("YES") is None
    bus.publish(InstrumentUpdated(instrument_of(), clock.now_ns() - 5 * S))
    view.catch_up()
    clock.advance(10)
    assert view.metadata_age_s("YES") == 15


def facts_at(clock):
    data = PolymarketData("http://127.0.0.1:9", venue="sim", rng=random.Random(1))
    return InstrumentFacts(data, bus=LocalBus(), clock=clock)


def test_what_is_watched_is_asked_for_again_in_time_and_what_has_ended_is_not():
    clock = ManualClock()
    facts = facts_at(clock)
    assert facts.due(["YES"]) == ["YES"]
    facts._learn(instrument_of())
    facts._learn(instrument_of("OVER", active=False))
    assert facts.due(["YES", "OVER"]) == []
    clock.advance(240)
    assert facts.due(["YES", "OVER"]) == ["YES"], "well before the order gate calls it old"


async def test_a_venue_that_does_not_confirm_leaves_the_rules_as_old_as_they_are():
    clock = ManualClock()
    facts = facts_at(clock)
    facts._learn(instrument_of())
    clock.advance(300)
    await facts._data.open()
    await facts.fetch(["YES"])
    await facts._data.close()
    [told] = facts.told()
    assert clock.now_ns() - told.as_of_ns == 300 * S
    assert facts.due(["YES"]) == [], "not again within the pause"
    clock.advance(15)
    assert facts.due(["YES"]) == ["YES"]


# ------------------------------------------------------------------------------- away


def looks(*steps):
    """Look after each step of (wall clock, monotonic clock), in seconds."""
    clock = ManualClock()
    pauses = Pauses(clock)
    assert not pauses.look()
    found = []
    for wall_s, mono_s in steps:
        clock.advance(mono_s)
        clock.wall_ns += round((wall_s - mono_s) * S)
        found.append(bool(pauses.look()))
    return found


def test_a_sleep_a_step_and_a_stop_are_noticed_once():
    assert looks((0.25, 0.25), (1.9, 0.25), (0.25, 0.25)) == [False, False, False]
    assert looks((600, 0.25), (0.25, 0.25)) == [True, False], "the machine slept"
    assert looks((-3600, 0.25), (0.25, 0.25)) == [True, False], "the clock was set back"
    assert looks((3, 3), (0.25, 0.25)) == [True, False], "the program was stopped"
