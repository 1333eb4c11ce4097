"""The client's role of the user channel: what the venue says of our orders and fills.

Rules (fact sheet, section 6), cited by number below:

1. There is no snapshot: after every connect the account must be asked for (`AccountGap`).
2. A trade comes once per status, which only advances: MATCHED, then MINED and RETRYING in any number, then
   CONFIRMED or FAILED. FAILED undoes its fills. A contradiction (CONFIRMED and FAILED, or another price under
   the same id) is passed on, for the fold over the order's facts to raise the alarm.
3. The first message holds the secrets. It is in `to_send` alone, and what takes it there must not log it.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from msgspec import structs

from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.events.base import Event
from omega_tui.domain.orders import Fill, Settlement
from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket import user_events, user_wire, wire
from omega_tui.protocol.polymarket.auth import ApiCredentials, user_channel_auth
from omega_tui.protocol.polymarket.channel_requests import encode_user_operation, encode_user_subscription
from omega_tui.protocol.polymarket.keep_alive import KeepAlive
from omega_tui.text import safe_text

T = TypeVar("T")

MAX_BROKEN_IN_A_ROW: Final = 8
"""Frames that are no JSON, one after another, before the connection is given up."""
MAX_REMEMBERED: Final = 10_000
"""Orders and trades, each, whose newest report is remembered; older ones would be reported again."""

_STAGE: Final = {
    Settlement.MATCHED: 0,
    Settlement.MINED: 1,
    Settlement.RETRYING: 1,
    Settlement.CONFIRMED: 2,
    Settlement.FAILED: 2,
}


@dataclass(slots=True)
class UserStats:
    """Counters of one `UserProtocol`, over all its connections.

    Attributes:
        frames: Frames received.
        orders: Order events.
        trades: Trade events.
        unknown_events: Objects of a type that nobody has heard of.
        control_frames: Plain-text frames.
        duplicates: Reports that had come before.
        regressions: Trades in an earlier stage than they were in already.
        parse_errors: What could not be read.
    """

    frames: int = 0
    orders: int = 0
    trades: int = 0
    unknown_events: int = 0
    control_frames: int = 0
    duplicates: int = 0
    regressions: int = 0
    parse_errors: int = 0


@dataclass(slots=True)
class _Latest:
    """What has been reported of one trade: its stage, each settlement seen in it, and its fills."""

    stage: int
    settlements: set[Settlement] = field(default_factory=set)
    fills: tuple[Fill, ...] = ()


class UserProtocol:
    """The user channel of one connection after another; satisfies `venues.base.Feed`.

    Attributes:
        venue: Venue name.
        stats: Counters.
    """

    def __init__(
        self,
        *,
        venue: str,
        credentials: ApiCredentials,
        markets: Iterable[str] = (),
        ping_interval_s: float = 10,
    ) -> None:
        """Make a protocol that has no connection.

        Args:
            venue: Venue name.
            credentials: Of the account.
            markets: Condition ids to hear of; none for all.
            ping_interval_s: Seconds between keep-alives.
        """
        self.venue = venue
        self.stats = UserStats()
        self._credentials = credentials
        self._markets = dict.fromkeys(markets)
        self._keep_alive = KeepAlive(ping_interval_s)
        self._outgoing: list[str] = []
        self._waiting: list[Event] = []
        self._connected = False
        self._connected_ns = 0
        self._broken_in_a_row = 0
        self._orders: OrderedDict[str, OrderReported] = OrderedDict()
        self._trades: OrderedDict[str, _Latest] = OrderedDict()

    def connection_made(self, *, now_ns: int) -> None:
        """Queue the subscription, and the news that the account must be asked for (rule 1).

        What has been reported is remembered: the venue repeats itself after a reconnect.
        """
        auth = user_channel_auth(self._credentials)
        self._outgoing = [encode_user_subscription(auth, self._markets)]
        fresh = "the private stream is fresh and has no snapshot"
        self._waiting = [AccountGap(self.venue, fresh, connected=True)]
        self._connected = True
        self._connected_ns = now_ns
        self._keep_alive.begin(now_ns=now_ns)
        self._broken_in_a_row = 0

    def connection_lost(self, reason: str, *, now_ns: int) -> list[Event]:  # noqa: ARG002  (of the protocol)
        if not self._connected:
            return []
        self._connected = False
        self._outgoing.clear()
        self._waiting.clear()
        return [AccountGap(self.venue, reason, connected=False)]

    def receive(self, text: str | bytes, *, now_ns: int) -> list[Event]:
        """Digest one frame.

        A message that cannot be read costs an `AccountGap`: what it said must be asked for.

        Raises:
            RemoteProtocolError: The frame is above the size limit, or the last of too many broken ones.
        """
        self.stats.frames += 1
        events = self._take_waiting()
        if len(text) > user_wire.MAX_FRAME_CHARS:
            raise RemoteProtocolError(
                f"a frame of {len(text)} characters; {user_wire.MAX_FRAME_CHARS} are allowed"
            )
        if text[:1] not in ("{", "[", b"{", b"["):
            self._control(text, now_ns)
            return events
        try:
            messages = user_wire.decode_user_frame(text)
        except wire.DecodeError as error:
            self._broken_in_a_row += 1
            if self._broken_in_a_row >= MAX_BROKEN_IN_A_ROW:
                words = safe_text(str(error), max_cells=160)
                raise RemoteProtocolError(
                    f"{self._broken_in_a_row} broken frames in a row: {words}"
                ) from error
            return [*events, self._unreadable("a frame")]
        self._broken_in_a_row = 0
        for message in messages:
            try:
                if isinstance(message, user_wire.UserOrder):
                    self.stats.orders += 1
                    events += self._order(message)
                elif isinstance(message, user_wire.UserTrade):
                    self.stats.trades += 1
                    events += self._trade(message)
                elif isinstance(message, wire.UnknownMessage):
                    self.stats.unknown_events += 1
                else:
                    events.append(self._unreadable(message.event_type or "an object"))
            except ValueError:
                events.append(
                    self._unreadable("order" if isinstance(message, user_wire.UserOrder) else "trade")
                )
        return events

    def to_send(self) -> list[str]:
        """Take what must now be written. The first text of a connection holds the secrets: never log it."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def next_timer_ns(self) -> int | None:
        if not self._connected:
            return None
        return self._connected_ns if self._waiting else self._keep_alive.due_ns

    def on_timer(self, *, now_ns: int) -> list[Event]:
        if self._connected and self._keep_alive.take_due(now_ns=now_ns):
            self._outgoing.append(wire.PING)
        return self._take_waiting()

    @property
    def keepalive_ms(self) -> float | None:
        """Round trip of the last answered `PING`; None not known."""
        return self._keep_alive.round_trip_ms

    @property
    def keepalives_missed(self) -> int:
        """`PING`s without an answer, less the one under way."""
        return self._keep_alive.missed

    def subscribe(self, markets: Iterable[str]) -> None:
        """Hear of more markets; of no use while none was named, since that means all."""
        added = [market for market in dict.fromkeys(markets) if market not in self._markets]
        self._markets |= dict.fromkeys(added)
        if added and self._connected:
            self._outgoing.append(encode_user_operation("subscribe", added))

    def unsubscribe(self, markets: Iterable[str]) -> None:
        """Hear no more of markets; those that were not named are passed over."""
        gone = [market for market in dict.fromkeys(markets) if market in self._markets]
        for market in gone:
            del self._markets[market]
        if gone and self._connected:
            self._outgoing.append(encode_user_operation("unsubscribe", gone))

    def _take_waiting(self) -> list[Event]:
        waiting, self._waiting = self._waiting, []
        return waiting

    def _control(self, text: str | bytes, now_ns: int) -> None:
        self.stats.control_frames += 1
        if text.strip() in (wire.PONG, wire.PONG.encode()):
            self._keep_alive.answered(now_ns=now_ns)

    def _unreadable(self, what: str) -> AccountGap:
        self.stats.parse_errors += 1
        return AccountGap(self.venue, f"{what} could not be read", connected=True)

    def _order(self, message: user_wire.UserOrder) -> list[Event]:
        """Return the report of an order, unless it was reported already.

        Raises:
            ValueError: It cannot be read.
        """
        report = user_events.order_reported(message, venue=self.venue)
        before = self._orders.get(report.venue_order_id)
        if before is not None and structs.replace(before, ts_event_ns=report.ts_event_ns) == report:
            self.stats.duplicates += 1
            return []
        _remember(self._orders, report.venue_order_id, report)
        return [report]

    def _trade(self, message: user_wire.UserTrade) -> list[Event]:
        """Return the reports of our fills in a trade, unless this stage of it was reported already (rule 2).

        Raises:
            ValueError: It cannot be read, or has no part of ours.
        """
        fills = user_events.fills_of(message, api_key=self._credentials.api_key)
        trade_id, settlement = fills[0].trade_id, fills[0].settlement
        bare = tuple(replace(fill, settlement=Settlement.MATCHED) for fill in fills)
        latest = self._trades.get(trade_id)
        stage = _STAGE[settlement]
        if latest is None:
            latest = _Latest(stage)
        elif latest.fills == bare:
            if stage < latest.stage:
                self.stats.regressions += 1
                return []
            if settlement in latest.settlements:
                # RETRYING and MINED may take turns; the fill is what it was.
                self.stats.duplicates += 1
                return []
        latest.stage = max(stage, latest.stage)
        latest.settlements.add(settlement)
        latest.fills = bare
        _remember(self._trades, trade_id, latest)
        return [FillReported(self.venue, fill) for fill in fills]


def _remember(latest: OrderedDict[str, T], key: str, value: T) -> None:
    latest[key] = value
    latest.move_to_end(key)
    if len(latest) > MAX_REMEMBERED:
        latest.popitem(last=False)
