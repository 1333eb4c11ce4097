"""How far a book can be trusted, and whether the data behind the screen is live.

Two questions, two types. `Integrity` is what the check of the book itself says: hash, sequence or
checksum. `DataState` joins it with the age of the data and the health of the connection; it is what
decides whether a new order may leave (ladder specification, section 7). Both the screen and the order
gate call the same `assess`, so what looks locked is locked.
"""

from enum import StrEnum

from msgspec import Struct

from omega_tui.units import NS_PER_S


class IntegrityState(StrEnum):
    """The verdict of a book's own check."""

    VERIFIED = "VERIFIED"
    UNVERIFIED = "UNVERIFIED"
    RESYNCING = "RESYNCING"
    STALE = "STALE"
    UNCHECKED = "UNCHECKED"


class Integrity(Struct, frozen=True):
    """The state of a book's check.

    Attributes:
        state: The verdict.
        check: What is compared, as it is called on screen: `hash`, `seq`, `crc`, or empty.
        unverified: How many groups in a row did not verify.
        since_ns: When the present state began, receive clock.
        verified_ns: When the book last verified, or last equalled the venue's REST book; 0 never.
        beyond_policy: Unverified past the thresholds of the policy: not to be traded on.
        advisory: Most checks of this feed fail, so that a failure says little (the recipe may have changed).
        reason: Why it is not verified; for people.
    """

    state: IntegrityState
    check: str = ""
    unverified: int = 0
    since_ns: int = 0
    verified_ns: int = 0
    beyond_policy: bool = False
    advisory: bool = False
    reason: str = ""


class ConnectionState(StrEnum):
    """Where a connection stands."""

    CONNECTING = "CONNECTING"
    SYNCING = "SYNCING"
    UP = "UP"
    DOWN = "DOWN"
    REPLAY = "REPLAY"


class StreamName(StrEnum):
    """What a connection carries. State is kept per stream, not per socket."""

    BOOK = "book"
    ACCOUNT = "acct"


class Connection(Struct, frozen=True):
    """The health of one stream of one venue, as of `ts_ns`.

    Attributes:
        venue: Venue name.
        stream: What it carries.
        state: Where it stands.
        reason: Why it is not up; for people.
        attempt: Number of the present attempt to connect; 0 while up.
        retry_at_ns: When the next attempt is due, receive clock; 0 while up.
        last_recv_ns: When the last frame of any kind came; 0 never.
        lag_ms: Receive time minus the venue's time of the last event, clamped at 0; None not known.
        keepalive_ms: Round trip of the last keep-alive; None not known.
        keepalives_missed: Keep-alives sent since the last answer, less the one under way.
        clock_skew_ms: Our clock minus the venue's; None not measured.
        ts_ns: When this was written, receive clock.
    """

    venue: str
    stream: StreamName
    state: ConnectionState
    reason: str = ""
    attempt: int = 0
    retry_at_ns: int = 0
    last_recv_ns: int = 0
    lag_ms: float | None = None
    keepalive_ms: float | None = None
    keepalives_missed: int = 0
    clock_skew_ms: float | None = None
    ts_ns: int = 0

    @property
    def is_up(self) -> bool:
        """Whether something comes, be it from a venue or from a recording."""
        return self.state in {ConnectionState.UP, ConnectionState.REPLAY}


class DataState(StrEnum):
    """What the trader sees, worst last."""

    LIVE = "LIVE"
    QUIET = "QUIET"
    LAG = "LAG"
    STALE = "STALE"
    RESYNC = "RESYNC"
    DOWN = "DOWN"

    @property
    def allows_new_orders(self) -> bool:
        """Whether an order that may rest can be placed on such data."""
        return self in {DataState.LIVE, DataState.QUIET, DataState.LAG}

    @property
    def allows_crossing(self) -> bool:
        """Whether an order that takes can be placed on such data."""
        return self is DataState.LIVE


class DataLimits(Struct, frozen=True):
    """Thresholds of `assess`; defaults of the ladder specification, section 7.

    Attributes:
        live_ns: An update younger than this is live.
        stale_ns: Without a verified reason for silence, older than this is stale.
        quiet_verified_ns: A quiet book must have been verified within this time.
        lag_ms: Receive lag above this is LAG.
        skew_ms: Clock skew above this is STALE.
        keepalives: So many missed keep-alives are STALE.
    """

    live_ns: int = 1 * NS_PER_S
    stale_ns: int = 3 * NS_PER_S
    quiet_verified_ns: int = 30 * NS_PER_S
    lag_ms: float = 1_000.0
    skew_ms: float = 1_000.0
    keepalives: int = 2


class DataStatus(Struct, frozen=True):
    """A data state with what the header shows beside it.

    Attributes:
        state: The state.
        age_ns: Age of the book's last change or verification; None where there never was one.
        reason: Why it is not LIVE; for people, empty when it is.
    """

    state: DataState
    age_ns: int | None
    reason: str = ""


def assess(  # noqa: C901, PLR0911 - a table of precedence reads best as one list of answers
    connection: Connection | None,
    integrity: Integrity | None,
    *,
    last_update_ns: int,
    now_ns: int,
    limits: DataLimits,
) -> DataStatus:
    """Return the data state of one book.

    Args:
        connection: The stream that feeds it; None when there is none yet.
        integrity: The book's own check; None when there is no book yet.
        last_update_ns: Receive time of the book's last change; 0 never.
        now_ns: Now, on the receive clock.
        limits: Thresholds.
    """
    if connection is None:
        return DataStatus(DataState.DOWN, None, "no connection yet")
    age_ns = max(0, now_ns - last_update_ns) if last_update_ns else None
    if connection.state in {ConnectionState.DOWN, ConnectionState.CONNECTING}:
        is_trying = connection.state is ConnectionState.CONNECTING
        reason = connection.reason or ("connecting" if is_trying else "not connected")
        return DataStatus(DataState.DOWN, age_ns, reason)
    if (
        integrity is None
        or integrity.state is IntegrityState.RESYNCING
        or connection.state is ConnectionState.SYNCING
    ):
        reason = integrity.reason if integrity else ""
        return DataStatus(DataState.RESYNC, age_ns, reason or "waiting for the book")
    if integrity.state is IntegrityState.STALE:
        return DataStatus(DataState.STALE, age_ns, integrity.reason or "saved book, not yet fresh")
    if integrity.beyond_policy and not integrity.advisory:
        return DataStatus(DataState.RESYNC, age_ns, integrity.reason or "the book does not verify")
    if connection.keepalives_missed >= limits.keepalives:
        return DataStatus(DataState.STALE, age_ns, f"{connection.keepalives_missed} keep-alives unanswered")
    skew_ms = connection.clock_skew_ms
    if skew_ms is not None and abs(skew_ms) > limits.skew_ms:
        return DataStatus(DataState.STALE, age_ns, f"clock skew {skew_ms:.0f} ms")
    if connection.lag_ms is not None and connection.lag_ms > limits.lag_ms:
        return DataStatus(DataState.LAG, age_ns, f"{connection.lag_ms / 1000:.1f} s behind the venue")
    if age_ns is not None and age_ns < limits.live_ns:
        return DataStatus(DataState.LIVE, age_ns)
    if integrity.verified_ns and now_ns - integrity.verified_ns <= limits.quiet_verified_ns:
        return DataStatus(DataState.QUIET, age_ns)
    if age_ns is not None and age_ns < limits.stale_ns:
        return DataStatus(DataState.QUIET, age_ns)
    return DataStatus(DataState.STALE, age_ns, "no update, and not verified lately")
