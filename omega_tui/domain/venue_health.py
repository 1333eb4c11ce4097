"""How a venue answers, how much of its patience is used up, and whether it watches over our orders."""

from enum import StrEnum

from msgspec import Struct

from omega_tui.units import NS_PER_MS, NS_PER_S


class VenueHealth(Struct, frozen=True):
    """The connection to one account of one venue, as of `ts_ns`. Shown; nothing here decides.

    Attributes:
        venue: Venue name.
        latency_ms: Time of the last question and its answer; None before the first.
        clock_skew_ms: Our clock minus the venue's, as far as it is certain; None not measured.
        rate_used: Part of the request budget that is used up now: 0 rested, 1 full, more while what does not
            wait (cancels) has overdrawn it; None where the venue states no budget.
        waiting: Questions and orders that wait for the budget. A cancel never does.
        rests_until_ns: Until when no question is sent because the venue asked for less (418, 429), wall
            clock; 0 while they are. Cancels never rest.
        rests_reason: The venue's words for it; safe text, empty while it does not rest.
        may_trade: Whether the key may place orders; None where the venue does not tell.
        may_withdraw: Whether the key may move money away; None where the venue does not tell.
        rights_untold: There is a key, and the venue has no answer to what it may do, or gave none yet.
        markets_ns: When the list of markets was fetched, wall clock; 0 where it is asked for each time.
        ts_ns: When this was written, wall clock.
    """

    venue: str
    latency_ms: float | None = None
    clock_skew_ms: float | None = None
    rate_used: float | None = None
    waiting: int = 0
    rests_until_ns: int = 0
    rests_reason: str = ""
    may_trade: bool | None = None
    may_withdraw: bool | None = None
    rights_untold: bool = False
    markets_ns: int = 0
    ts_ns: int = 0


def certain_skew_ms(began_ns: int, ended_ns: int, venue_ns: int) -> float:
    """Return how far our clock is certainly off, positive when it is ahead; 0 while both may be equal.

    Args:
        began_ns: Ours, when the question left.
        ended_ns: Ours, when the answer was there: the venue read its clock somewhere between.
        venue_ns: What the venue said, in milliseconds or in whole seconds: it may be up to one of them more.
    """
    step_ns = NS_PER_S if venue_ns % NS_PER_S == 0 else NS_PER_MS
    least, most = began_ns - venue_ns - step_ns, ended_ns - venue_ns
    return (max(least, 0) or min(most, 0)) / 1e6


class DeadManState(StrEnum):
    """Where the venue's dead-man switch stands: does it cancel our orders when we are heard of no more."""

    NONE = "NONE"
    """The venue has none that can be used."""
    OFF = "OFF"
    """It has one, and nobody wants it."""
    IDLE = "IDLE"
    """Wanted; begins with the arming."""
    ON = "ON"
    """Acknowledged by the venue, and fed."""
    LOST = "LOST"
    """Wanted, and the venue does not acknowledge it: no new order leaves, cancels do."""


class DeadMan(Struct, frozen=True):
    """The dead-man switch of one venue.

    Attributes:
        venue: Venue name.
        state: Where it stands.
        timeout_s: So long after we were last heard of, the venue cancels every order of the account.
        until_ns: When that would be if nothing more were heard of us, wall clock; 0 while it is not on.
        reason: Why it is not on; for people.
    """

    venue: str
    state: DeadManState
    timeout_s: float = 0.0
    until_ns: int = 0
    reason: str = ""
