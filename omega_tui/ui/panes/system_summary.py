"""How the engine is in a few lines, beside the ladder: streams, budgets, times, what is recorded. Pure."""

from collections.abc import Mapping, Sequence

from omega_tui.domain.events.status import (
    OPEN_ORDERS,
    OPEN_ORDERS_LIMIT,
    ORDERS_A_MINUTE,
    ORDERS_A_MINUTE_LIMIT,
    ServiceState,
)
from omega_tui.domain.integrity import Connection, StreamName
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import filled
from omega_tui.ui.panes.status_line import Line, cells_of, padded
from omega_tui.ui.text.state_words import state_word

_MUCH_USED = 0.8


def system_lines(  # noqa: PLR0913 - what one pane shows
    desk: Desk, venue: str, *, ui_lag_ms: int, is_late: bool, width: int, rows: int
) -> tuple[Line, ...]:
    """Return what `rows` lines have room for, the most urgent first.

    Args:
        desk: What the services told of themselves.
        venue: Of the market on the ladder; budgets and times are its own.
        ui_lag_ms: How late the last frames of the screen were.
        is_late: Whether the data count as late, too, for that (ladder specification, section 7).
        width: Cells of a line.
        rows: How many lines there are.
    """
    gate, feed = desk.samples("exchange", venue), desk.samples("streaming", venue)
    lines = (
        [*_health(desk), _screen(ui_lag_ms, is_late=is_late)],
        _budgets(gate),
        _times(desk, gate),
        _feed(feed, desk.connections.get((venue, StreamName.BOOK))),
        [_recorder(desk.metrics.get("recorder", {}))],
    )
    return filled([_joined(parts, width) for parts in lines if parts], width, rows)


def _joined(parts: Sequence[Line], width: int) -> Line:
    """Return parts with dots between them, as many as fit."""
    line: list[Piece] = [Piece(" ", "")]
    for number, part in enumerate(parts):
        gap = [Piece(" · ", "dim")] if number else []
        if cells_of(line) + cells_of([*gap, *part]) > width:
            break
        line += [*gap, *part]
    return padded(line, width)


def _health(desk: Desk) -> list[Line]:
    up = sum(1 for one in desk.connections.values() if one.is_up)
    well = sum(1 for one in desk.services.values() if one.state is ServiceState.RUNNING)
    silent = sum(1 for one in desk.connections.values() if one.is_up and one.keepalives_missed)
    parts = [
        _of("streams", up, len(desk.connections), silent),
        _of("services", well, len(desk.services)),
    ]
    bus = desk.metrics.get("bus")
    if bus is not None:
        parts.append((Piece("redis ", "dim"), Piece(f"{bus.get('server_ms', 0):.1f} ms", "")))
    return parts


def _of(label: str, well: int, every: int, silent: int = 0) -> Line:
    """Return how many are well; those that are connected and answer nothing are not good, and are told."""
    role = "alarm" if well < every else "warn" if silent else "good"
    count = (Piece(f"{label} ", "dim"), Piece(f"{well}/{every}", role))
    return (*count, Piece(f" {silent} silent", "warn")) if silent else count


def _screen(lag_ms: int, *, is_late: bool) -> Line:
    return (Piece("screen ", "dim"), Piece(f"{lag_ms} ms", "warn" if is_late else ""))


def _budgets(gate: Mapping[str, float]) -> list[Line]:
    parts: list[Line] = []
    for label, used, most, end in (
        ("orders", ORDERS_A_MINUTE, ORDERS_A_MINUTE_LIMIT, " a minute"),
        ("open", OPEN_ORDERS, OPEN_ORDERS_LIMIT, ""),
    ):
        if used in gate and gate.get(most, 0) > 0:
            role = "warn" if gate[used] >= _MUCH_USED * gate[most] else ""
            parts.append(
                (
                    Piece(f"{label} ", "dim"),
                    Piece(f"{gate[used]:,.0f}", role),
                    Piece(f"/{gate[most]:,.0f}{end}", "dim"),
                )
            )
    if "rate_used" in gate:
        role = "warn" if gate["rate_used"] >= _MUCH_USED else ""
        parts.append((Piece("requests ", "dim"), Piece(f"{gate['rate_used']:.0%}", role)))
    if gate.get("requests_waiting"):
        parts.append((Piece(f"{gate['requests_waiting']:.0f} wait", "warn"),))
    return parts


def _times(desk: Desk, gate: Mapping[str, float]) -> list[Line]:
    parts: list[Line] = []
    middle = desk.acks.shares(50, 99)
    if middle:
        text = f"p50 {middle[0]:.0f} p99 {middle[1]:.0f} ms"
        parts.append(
            (Piece("order to answer ", "dim"), Piece(text, ""), Piece(f" of {len(desk.acks)}", "dim"))
        )
    slowest = gate.get("slowest_key_to_wire_ms")
    if slowest:
        parts.append((Piece("to the wire ", "dim"), Piece(f"{slowest:.0f} ms", ""), Piece(" at most", "dim")))
    if "latency_ms" in gate:
        parts.append((Piece("venue asked ", "dim"), Piece(f"{gate['latency_ms']:.0f} ms", "")))
    if "clock_skew_ms" in gate:
        parts.append((Piece("clock ", "dim"), Piece(f"{gate['clock_skew_ms']:+.0f} ms", "")))
    return parts


def _feed(feed: Mapping[str, float], book: Connection | None) -> list[Line]:
    """Return how late market data come; of a feed that is down or silent the last lag says nothing of now."""
    parts: list[Line] = []
    if book is not None and not book.is_up:
        parts.append((Piece("market data ", "dim"), Piece(state_word(book.state), "alarm")))
    elif book is not None and book.keepalives_missed:
        text = f"{book.keepalives_missed} keep-alives unanswered"
        parts.append((Piece("market data ", "dim"), Piece(text, "warn")))
    elif "lag_p50_ms" in feed and "lag_p99_ms" in feed:
        text = f"p50 {feed['lag_p50_ms']:.0f} p99 {feed['lag_p99_ms']:.0f} ms"
        parts.append((Piece("market data ", "dim"), Piece(text, "")))
    elif "lag_ms" in feed:
        parts.append((Piece("market data ", "dim"), Piece(f"{feed['lag_ms']:.0f} ms", "")))
    for label, name in (("resyncs", "resyncs_total"), ("reconnects", "reconnects_total")):
        if name in feed:
            role = "warn" if feed[name] else ""
            parts.append((Piece(f"{label} ", "dim"), Piece(f"{feed[name]:,.0f}", role)))
    if feed.get("hash_verified_total"):
        parts.append((Piece("books checked ", "dim"), Piece(f"{feed['hash_verified_total']:,.0f}", "")))
    return parts


def _recorder(samples: Mapping[str, float]) -> Line:
    if not samples.get("recording"):
        return (Piece("not recorded: --record FILE at the start", "dim"),)
    frames = Piece(f" {samples.get('frames_total', 0):,.0f} frames", "")
    return (Piece("recorded ", "dim"), Piece("on", "good"), frames)
