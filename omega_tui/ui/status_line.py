"""The two lines of the header and the two of the strip, as pieces of text with a role each. Pure.

The ends are padded, and what does not fit is left out from the least important on, never cut in the middle of
a number.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.events import ArmChanged, ReplayChanged, TradingMode
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataState,
    DataStatus,
    Integrity,
    IntegrityState,
)
from omega_tui.domain.orders import Order
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.text import cell_width
from omega_tui.ui.formats import fitted, money_text, steady_age_text
from omega_tui.ui.order_facts import Flags, Menu, MenuItem
from omega_tui.ui.row_cells import Piece
from omega_tui.ui.sizing import Sizing
from omega_tui.ui.words import MODE_WORDS, average_text, outcome, price_text, size_text

Line = tuple[Piece, ...]

NS_PER_S = 1_000_000_000
RULE = Piece(" │ ", "dim")

DATA_ROLES: dict[DataState, str] = {
    DataState.LIVE: "good",
    DataState.QUIET: "good",
    DataState.LAG: "warn",
    DataState.STALE: "alarm",
    DataState.RESYNC: "alarm",
    DataState.DOWN: "alarm",
}
MODE_ROLES: dict[TradingMode, str] = {
    TradingMode.DISARMED: "dim",
    TradingMode.ARMED: "armed",
    TradingMode.REDUCING: "warn",
    TradingMode.HALTED: "alarm",
}


class HeaderFacts(Struct, frozen=True):
    """What the header says.

    Attributes:
        venue: Where new orders go.
        is_live: Whether real money is behind it.
        instrument: What the ladder shows.
        status: Its data state.
        integrity: Its book's own check.
        book: The stream of books.
        account: The private stream.
        arm: What the gate lets through.
        replay: Where a replay stands; None outside.
        now_ns: Wall clock of the engine.
        ui_lag_ms: How late the last frames of the screen were.
        position: Ours in the instrument.
        unrealized: Its open profit.
        day: Realized and open profit less fees, of all positions.
        cash: Available, as `10,000 pUSD`; empty while not known.
        sizing: Size of the next order.
        flags: Flags of the next order.
    """

    venue: str
    is_live: bool
    instrument: Instrument | None
    status: DataStatus
    integrity: Integrity | None
    book: Connection | None
    account: Connection | None
    arm: ArmChanged | None
    replay: ReplayChanged | None
    now_ns: int
    ui_lag_ms: int
    position: Position | None
    unrealized: Decimal | None
    day: Decimal
    cash: str
    sizing: Sizing
    flags: Flags


def who_and_health(facts: HeaderFacts, width: int) -> Line:
    """Return line 1: mode, arming, market, the state of every stream."""
    left = [_mode(facts), Piece(" ", "")]
    left += _replay(facts.replay) if facts.replay is not None else _armed(facts.arm, facts.now_ns)
    tail = [RULE, *_book(facts)]
    extras = [(_account(facts.account), 16)] if facts.replay is None else []
    extras += [(_lag(facts), 32), ((Piece(f"UTC {clock_text(facts.now_ns)}", "dim"),), 32)]
    room = width - 2 - _cells(left) - _cells(tail) - cell_width(RULE.text)
    for extra, least_name in extras:
        cells = _cells(extra) + cell_width(RULE.text)
        if extra and room - cells >= least_name:
            tail += [RULE, *extra]
            room -= cells
    name = market_name(facts.instrument, facts.venue, max(0, room))
    return padded([Piece(" ", ""), *left, RULE, *name, *tail], width)


def market_name(instrument: Instrument | None, venue: str, room: int) -> Line:
    """Return venue, question and outcome in at most `room` cells; the outcome is never cut away."""
    if instrument is None:
        return (Piece(fitted(f"{venue}: no market yet", room, "…"), "dim"),)
    token = f" {instrument.base}" if instrument.base else ""
    prefix = f"{venue} " if room > 40 else ""
    name = fitted(instrument.name, max(1, room - cell_width(token) - cell_width(prefix)), "…")
    role = {"YES": "outcome.yes", "NO": "outcome.no"}.get(instrument.base.upper(), "strong")
    return (Piece(prefix, "dim"), Piece(name, "strong"), Piece(token, role))


def money_and_size(facts: HeaderFacts, width: int) -> Line:
    """Return line 2: position and profit on the left, what the next order is like on the right."""
    chips: list[Piece] = [
        Piece("SIZE ", "dim"),
        Piece(size_text(facts.sizing.size), "strong"),
        Piece(f"[{facts.sizing.preset or '-'}]", "dim"),
        Piece(f" {facts.flags.time_in_force}", "strong"),
        Piece(" PO" if facts.flags.post_only else "   ", "chip"),
        *_extra_chips(facts.flags),
        Piece(" ", ""),
    ]
    room = width - _cells(chips)
    left = [Piece(" ", "")]
    for part in _money(facts):
        gap = () if len(left) == 1 else (Piece("  ", ""),)
        if _cells([*left, *gap, *part]) > room - 1:
            break
        left += [*gap, *part]
    return (*padded(left, room), *chips)


def _extra_chips(flags: Flags) -> Line:
    """Return the chips that are only there while they are on."""
    words = ["RO"] if flags.reduce_only else []
    if flags.bracket is not None:
        words.append(str(flags.bracket))
    return tuple(Piece(f" {word}", "chip") for word in words)


def _mode(facts: HeaderFacts) -> Piece:
    if facts.replay is not None:
        return Piece("REPLAY", "replay")
    return Piece("LIVE", "live") if facts.is_live else Piece("PAPER", "paper")


def _armed(arm: ArmChanged | None, now_ns: int) -> list[Piece]:
    mode = arm.mode if arm is not None else TradingMode.DISARMED
    text = MODE_WORDS[mode]
    if mode is TradingMode.ARMED and arm is not None and arm.until_ns:
        left_s = max(0, (arm.until_ns - now_ns) // NS_PER_S)
        text = f"{text} {left_s // 60:02}:{left_s % 60:02}"
    return [Piece(text, MODE_ROLES[mode])]


def _replay(replay: ReplayChanged) -> list[Piece]:
    speed = "max" if replay.speed == 0 else f"x{replay.speed:g}"
    word = "end" if replay.finished else "paused" if replay.paused else speed
    length_ns = max(1, replay.end_ns - replay.start_ns)
    share = max(0, min(100, (replay.position_ns - replay.start_ns) * 100 // length_ns))
    role = "warn" if replay.paused or replay.finished else "good"
    return [
        Piece(clock_text(replay.position_ns), "strong"),
        Piece(f" {word}", role),
        Piece(f" {share}%", "dim"),
    ]


def _book(facts: HeaderFacts) -> list[Piece]:
    """Return the book's state with its age, or with the reason why it is not live."""
    status = facts.status
    parts = [Piece("book ", "dim"), Piece(status.state.value, DATA_ROLES[status.state])]
    if status.age_ns is not None:
        parts.append(Piece(f" {steady_age_text(status.age_ns):>4}", ""))
    if facts.integrity is not None and facts.integrity.check and status.state.allows_new_orders:
        check, role = _check(facts.integrity)
        parts.append(Piece(f" {check}", role))
    retry_ns = facts.book.retry_at_ns if facts.book is not None else 0
    if status.state is DataState.DOWN and retry_ns > facts.now_ns:
        parts.append(Piece(f" retry {(retry_ns - facts.now_ns) // NS_PER_S + 1}s", "warn"))
    return parts


def _check(integrity: Integrity) -> tuple[str, str]:
    check = integrity.check
    match integrity.state:
        case IntegrityState.VERIFIED:
            return f"{check} ok", "good"
        case IntegrityState.UNVERIFIED:
            return f"{check} ?{integrity.unverified}", "warn"
        case IntegrityState.UNCHECKED:
            return "unchecked", "dim"
        case _:
            return f"{check} -", "dim"


def _account(account: Connection | None) -> Line:
    if account is None:
        return (Piece("acct ", "dim"), Piece("none", "dim"))
    match account.state:
        case ConnectionState.UP:
            word, role = "OK", "good"
        case ConnectionState.DOWN:
            word, role = "DOWN", "alarm"
        case _:
            word, role = account.state.value, "warn"
    return (Piece("acct ", "dim"), Piece(word, role))


def _lag(facts: HeaderFacts) -> Line:
    lag_ms = facts.book.lag_ms if facts.book is not None else None
    wire = "-" if lag_ms is None else f"{lag_ms:.0f}ms"
    role = "warn" if facts.ui_lag_ms > 250 else "dim"
    return (Piece(f"lag {wire}", "dim"), Piece(f" ui {facts.ui_lag_ms}ms", role))


def _money(facts: HeaderFacts) -> list[Line]:
    position = facts.position
    held = position.quantity if position is not None else Decimal(0)
    side = "side.buy" if held > 0 else "side.sell" if held < 0 else "dim"
    signed = f"+{size_text(held)}" if held > 0 else size_text(held) if held else "flat"
    what: list[Piece] = [Piece("POS ", "dim"), Piece(signed, side)]
    if position is not None and held:
        what.append(Piece(f" {outcome(facts.instrument)}", "dim"))
        what.append(Piece(f" @{average_text(position.entry_price, facts.instrument)}", ""))
    realized = position.realized_pnl if position is not None else Decimal(0)
    parts: list[Line] = [tuple(what)]
    if held:
        parts.append(labelled("uPnL", facts.unrealized))
    parts += [labelled("rPnL", realized), labelled("day", facts.day)]
    if facts.cash:
        parts.append((Piece("cash ", "dim"), Piece(facts.cash, "")))
    return parts


def labelled(label: str, value: Decimal | None) -> Line:
    """Return an amount of money with its label, its sign, and the role of its sign."""
    if value is None:
        return (Piece(f"{label} ", "dim"), Piece("-", "dim"))
    role = "pnl.pos" if value > 0 else "pnl.neg" if value < 0 else ""
    return (Piece(f"{label} ", "dim"), Piece(money_text(value), role))


# ------------------------------------------------------------------------------------------- the strip


class CursorFacts(Struct, frozen=True):
    """What line 1 of the strip is made of."""

    instrument: Instrument | None
    book: BookSnapshot | None
    cursor_price: Decimal | None
    orders: tuple[Order, ...]
    position: Decimal
    next_size: Decimal
    ahead: Decimal | None = None


def cursor_line(facts: CursorFacts, cursor_glyph: str, width: int) -> Line:
    """Return where the cursor is, what rests there, what is ours, and what could become of the position."""
    instrument, price = facts.instrument, facts.cursor_price
    if instrument is None or price is None:
        return padded([Piece(" no market yet: / finds one, g4 lists them", "dim")], width)
    parts: list[Line] = [
        (
            Piece(f" {cursor_glyph} ", "cursor"),
            Piece(price_text(price, instrument), "strong"),
            Piece(_offset(price, facts.book, instrument), ""),
        )
    ]
    resting = _resting(price, facts.book)
    if resting is not None:
        parts.append((Piece("rests ", "dim"), Piece(size_text(resting), "")))
    mine = [order for order in facts.orders if order.request.price == price]
    if mine:
        left = sum((order.remaining for order in mine), Decimal(0))
        side = mine[0].request.side
        role = "side.buy" if side is Side.BUY else "side.sell"
        parts.append((Piece("mine ", "dim"), Piece(f"{side} {size_text(left)}", role)))
        if facts.ahead is not None:
            parts.append((Piece("ahead ", "dim"), Piece(f"~{size_text(facts.ahead)}", "")))
    parts.append((Piece("worst case ", "dim"), Piece(_worst(facts), "")))
    line = list(parts[0])
    for part in parts[1:]:
        if _cells(line) + 3 + _cells(part) > width:
            break
        line += [Piece(" · ", "dim"), *part]
    return padded(line, width)


def menu_line(menu: Menu, width: int) -> Line:
    """Return the resolved verb menu, or the question that waits for Enter.

    Where it is narrow the objects stand closer; what does not fit even so is told by an ellipsis.
    """
    role = "question" if menu.is_question else "pending"
    title = [Piece(f" {menu.title} ", role), Piece("▸", "dim")]
    for gap in (" │ ", "  ", " "):
        line = [*title, *_items(menu, gap)]
        if _cells(line) <= width:
            return padded(line, width)
    line = list(title)
    for number, item in enumerate(menu.items):
        piece = _item(item, "" if number == 0 else " ")
        if _cells(line) + _cells(piece) > width - 2:
            return padded([*line, Piece(" …", "dim")], width)
        line += piece
    return padded(line, width)


def _items(menu: Menu, gap: str) -> list[Piece]:
    return [piece for number, item in enumerate(menu.items) for piece in _item(item, gap if number else "")]


def _item(item: MenuItem, gap: str) -> Line:
    return (
        Piece(gap or " ", "dim"),
        Piece(item.key, "key" if item.enabled else "dim"),
        Piece(f" {item.text}", "strong" if item.enabled else "dim"),
    )


def message_line(text: str, role: str, width: int) -> Line:
    """Return one sentence as a whole line, cut with an ellipsis where it does not fit."""
    return padded([Piece(" " + fitted(text, max(1, width - 2), "…"), role)], width)


def _offset(price: Decimal, book: BookSnapshot | None, instrument: Instrument) -> str:
    bid = book.best_bid if book is not None else None
    ask = book.best_ask if book is not None else None
    if bid is None and ask is None:
        return ""
    if ask is not None and price >= ask:
        ticks = instrument.to_ticks(price - ask)
        return f" = ask+{ticks}t" if ticks else " = ask"
    if bid is None:
        assert ask is not None
        return f" = ask-{instrument.to_ticks(ask - price)}t"
    ticks = instrument.to_ticks(price - bid)
    return f" = bid{ticks:+}t" if ticks else " = bid"


def _resting(price: Decimal, book: BookSnapshot | None) -> Decimal | None:
    if book is None:
        return None
    return next(
        (level.size for side in (book.bids, book.asks) for level in side if level.price == price), None
    )


def _worst(facts: CursorFacts) -> str:
    """Return position + same-side working + the next order, for both sides (the usual formula of desks)."""
    buys = sum((o.remaining for o in facts.orders if o.request.side is Side.BUY), Decimal(0))
    sells = sum((o.remaining for o in facts.orders if o.request.side is Side.SELL), Decimal(0))
    most = facts.position + buys + facts.next_size
    least = facts.position - sells - facts.next_size
    return f"{_signed(most)}/{_signed(least)}"


def _signed(value: Decimal) -> str:
    return f"+{size_text(value)}" if value > 0 else size_text(value) if value else "0"


# ------------------------------------------------------------------------------------------- shared


def clock_text(ns: int) -> str:
    """Return the time of day, UTC, as `14:02:11`, of nanoseconds since the epoch."""
    seconds = ns // NS_PER_S % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _cells(pieces: Sequence[Piece]) -> int:
    return sum(cell_width(piece.text) for piece in pieces)


def padded(pieces: Sequence[Piece], width: int) -> Line:
    """Return the pieces in exactly `width` cells: the end is padded, or the last pieces are cut."""
    line: list[Piece] = []
    room = width
    for piece in pieces:
        text = fitted(piece.text, room)
        if text:
            line.append(Piece(text, piece.role))
            room -= cell_width(text)
        if room <= 0:
            break
    if room > 0:
        line.append(Piece(" " * room, ""))
    return tuple(line)
