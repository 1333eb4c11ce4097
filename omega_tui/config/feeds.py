"""The settings of market data: streams, the check of books, and from when on data is old."""

from dataclasses import dataclass

from omega_tui.settings import setting


@dataclass(frozen=True, slots=True)
class StreamingConfig:
    """Market and user feeds."""

    ping_interval_s: float = setting(10.0, low=1, high=60, unit="s", doc="How often PING is sent.")
    silence_timeout_s: float = setting(
        30.0, low=2, high=300, unit="s", doc="A socket without any inbound frame for this long is closed."
    )
    open_timeout_s: float = setting(5.0, low=0.1, high=60, unit="s", doc="Time to open a socket.")
    first_book_timeout_s: float = setting(
        5.0,
        low=0.1,
        high=60,
        unit="s",
        doc="Time for the first book after subscribing, before REST is asked.",
    )
    tokens_per_socket: int = setting(
        200, low=1, high=400, doc="Tokens on one socket before another is opened."
    )
    backoff_initial_s: float = setting(
        0.5, low=0.05, high=60, unit="s", doc="Upper end of the first random wait before a reconnect."
    )
    backoff_max_s: float = setting(30.0, low=0.1, high=600, unit="s", doc="Longest wait before a reconnect.")
    max_frame_bytes: int = setting(
        33_554_432, low=65_536, high=268_435_456, unit="bytes", doc="A larger frame closes the socket."
    )
    event_buffer_size: int = setting(
        10_000,
        low=1,
        high=1_000_000,
        unit="events",
        doc="Unread events a consumer may have before it is closed.",
    )
    auto_sync_on_hash_mismatch: bool = setting(
        default=True, doc="Ask for a fresh book by itself when the hashes show that a change was lost."
    )
    rest_compare_interval_s: float = setting(
        20.0, low=1, high=600, unit="s", doc="How often the book of a quiet token is compared over REST."
    )
    book_publish_hz: float = setting(
        50.0, low=1, high=200, unit="Hz", doc="Book snapshots per second, at most."
    )
    resyncs_per_minute: int = setting(30, low=1, high=600, doc="Fresh books asked for per minute, at most.")


@dataclass(frozen=True, slots=True)
class IntegrityConfig:
    """When a book that cannot be verified is fetched again."""

    resync_after_groups: int = setting(
        3, low=1, high=1000, doc="Unverified groups of changes in a row before a resync (and the time below)."
    )
    resync_after_ms: int = setting(
        250, low=0, high=60_000, unit="ms", doc="Time unverified before a resync (and the groups above)."
    )
    grid_search: bool = setting(
        default=False, doc="Try every price of the 0.001 grid as last trade price before giving up on a hash."
    )
    advisory_fraction: float = setting(
        0.5,
        low=0,
        high=1,
        doc="Share of failing hashes from which on they are only advice: the recipe changed.",
    )
    advisory_min_groups: int = setting(
        200, low=1, high=1_000_000, doc="Groups to see before that share means anything."
    )
    crossed_ms: int = setting(
        500, low=0, high=60_000, unit="ms", doc="Time crossed before a book is resynced."
    )


@dataclass(frozen=True, slots=True)
class DataStateConfig:
    """From when on data is not called live, and orders are locked."""

    live_s: float = setting(1.0, low=0.1, high=60, unit="s", doc="Up to this age data is live.")
    stale_s: float = setting(3.0, low=0.2, high=60, unit="s", doc="From this age on data is stale.")
    quiet_verified_s: float = setting(
        30.0,
        low=1,
        high=600,
        unit="s",
        doc="A quiet book counts as live for this long after REST confirmed it.",
    )
    lag_ms: int = setting(1000, low=10, high=60_000, unit="ms", doc="Receive lag from which on data is late.")
    ui_lag_ms: int = setting(
        250, low=10, high=60_000, unit="ms", doc="Frames later than this make what they show late, too."
    )
    clock_skew_ms: int = setting(
        1000,
        low=10,
        high=60_000,
        unit="ms",
        doc="Difference to the venue's clock from which on orders are denied.",
    )
