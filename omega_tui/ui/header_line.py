"""The two lines of the header: who, where and how healthy; then position, profit and the next order. Pure.

The ends are padded, and what does not fit is left out from the least important on, never cut in the middle of
a number.
"""

from decimal import Decimal

from msgspec import Struct

from omega_tui.domain.account import Position
from omega_tui.domain.events.account import ArmChanged, TradingMode, VenueStateChanged
from omega_tui.domain.events.status import LinkChanged, ReplayChanged
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataState,
    DataStatus,
    Integrity,
    IntegrityState,
)
from omega_tui.domain.venue_health import DeadMan, DeadManState
from omega_tui.domain.venue_state import VenueState
from omega_tui.text import cell_width
from omega_tui.ui.formats import fitted, steady_age_text
from omega_tui.ui.money import Totals, amount_text, is_dollar, pays_in
from omega_tui.ui.order_facts import Flags
from omega_tui.ui.row_cells import Piece
from omega_tui.ui.sizing import Sizing
from omega_tui.ui.status_line import Line, cells_of, clock_text, padded
from omega_tui.ui.words import MODE_WORDS, average_text, outcome, size_text, token
from omega_tui.units import NS_PER_S

KEPT_RANK = 2
"""Position, open profit and that of the day: they stay beside a finding."""
LEAST_CRITICAL = 16
"""Cells without which a finding in the risk line says nothing."""

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


class Beside(Struct, frozen=True):
    """Another venue that has a ladder on the screen.

    Attributes:
        venue: Its name.
        account: Its private stream; None while there is none.
        takes: What it takes; None where it never said.
    """

    venue: str
    account: Connection | None
    takes: VenueStateChanged | None = None


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
        day: Realized and open profit, fees and funding counted, of all positions at all venues.
        cash: Available, as `10,000 pUSD`; empty while not known.
        sizing: Size of the next order.
        flags: Flags of the next order.
        armed_elsewhere: Other venues where orders go through.
        view_only: Whether nothing can be ordered at the venue.
        dead_man: Its dead-man switch; None where nothing is known of one.
        names_venue: Whether there are several venues, so that this one must be named.
        link: How a screen is linked to an engine elsewhere; None where the engine is in this process.
        loss_rail: How much of the day's loss limit is used there; empty while that is not known.
        critical: What is wrong with a position beyond doubt, as that it has no stop; empty for nothing.
        takes: What the venue takes; None where it never said.
        beside: The other venues that have a ladder on the screen.
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
    day: Totals
    cash: str
    sizing: Sizing
    flags: Flags
    armed_elsewhere: tuple[str, ...] = ()
    view_only: bool = False
    dead_man: DeadMan | None = None
    names_venue: bool = False
    link: LinkChanged | None = None
    loss_rail: Line = ()
    critical: str = ""
    takes: VenueStateChanged | None = None
    beside: tuple[Beside, ...] = ()


def who_and_health(facts: HeaderFacts, width: int) -> Line:
    """Return line 1: mode, arming, market, the state of every stream."""
    left = [_mode(facts), Piece(" ", "")]
    left += _replay(facts.replay) if facts.replay is not None else _armed(facts)
    takes = _takes(facts.takes, facts.now_ns)
    tail = [RULE, *_link(facts.link), *(() if not takes else (*takes, RULE)), *_book(facts)]
    extras = [(_account(facts.account), 16)] if facts.replay is None else []
    extras += [(_dead_man(facts.dead_man), 16)]
    extras += [(_beside(one, facts.now_ns), 16) for one in facts.beside]
    extras += [(_lag(facts), 32), ((Piece(f"UTC {clock_text(facts.now_ns)}", "dim"),), 32)]
    room = width - 2 - cells_of(left) - cells_of(tail) - cell_width(RULE.text)
    for extra, least_name in extras:
        cells = cells_of(extra) + cell_width(RULE.text)
        if extra and room - cells >= least_name:
            tail += [RULE, *extra]
            room -= cells
    name = market_name(facts.instrument, facts.venue, max(0, room), names_venue=facts.names_venue)
    return padded([Piece(" ", ""), *left, RULE, *name, *tail], width)


def _link(link: LinkChanged | None) -> list[Piece]:
    """Return the engine of a screen that has none of its own, and how far away it is."""
    if link is None:
        return []
    state = Piece(f" {link.latency_ms:.0f}ms", "good") if link.up else Piece(" LOST", "alarm")
    return [Piece(link.engine, "strong"), state, Piece("" if link.commands else " VIEW", "dim"), RULE]


def market_name(instrument: Instrument | None, venue: str, room: int, *, names_venue: bool) -> Line:
    """Return venue, question and outcome in at most `room` cells; the outcome is never cut away.

    A coin has no outcome, and its name says what it is.

    Args:
        instrument: What the ladder shows.
        venue: Where it is traded.
        room: Cells.
        names_venue: Whether the venue must be named however little room there is: there are several.
    """
    if instrument is None:
        return (Piece(fitted(f"{venue}: no market yet", room, "…"), "dim"),)
    what = f" {token(instrument)}".rstrip()
    prefix = f"{venue} "
    if (
        not names_venue
        and room <= 40
        and cell_width(prefix) + cell_width(instrument.name) + cell_width(what) > room
    ):
        prefix = ""
    name = fitted(instrument.name, max(1, room - cell_width(what) - cell_width(prefix)), "…")
    role = {"YES": "outcome.yes", "NO": "outcome.no"}.get(instrument.base.upper(), "strong")
    return (Piece(prefix, "dim"), Piece(name, "strong"), Piece(what, role))


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
    room = width - cells_of(chips)
    left = [Piece(" ", "")]
    # What is in the way of a finding gives way, all but the position and its profit.
    parts = [part for part in _money(facts) if not facts.critical or part[0] <= KEPT_RANK]
    for part in _chosen(parts, room - 2):
        left += [*(() if len(left) == 1 else (Piece("  ", ""),)), *part]
    left += _critical(facts.critical, room - cells_of(left) - 4)
    return (*padded(left, room), *chips)


def _critical(text: str, room: int) -> list[Piece]:
    """Return the finding that stands in the risk line, cut where it must be: the panel says all of it."""
    if not text or room < LEAST_CRITICAL:
        return []
    return [Piece("  ", ""), Piece(f" {fitted(text, room - 2, '…')} ", "alarm")]


def _chosen(parts: list[tuple[int, Line]], room: int) -> list[Line]:
    """Return the parts that fit in `room` cells, in their order: the lowest numbers stay to the last."""
    kept: set[int] = set()
    for at in sorted(range(len(parts)), key=lambda one: parts[one][0]):
        cells = cells_of(parts[at][1]) + (2 if kept else 0)
        if cells > room:
            break
        kept.add(at)
        room -= cells
    return [parts[at][1] for at in sorted(kept)]


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


def _armed(facts: HeaderFacts) -> list[Piece]:
    arm = facts.arm
    mode = arm.mode if arm is not None else TradingMode.DISARMED
    text = MODE_WORDS[mode]
    if mode is TradingMode.ARMED and arm is not None and arm.until_ns:
        left_s = max(0, (arm.until_ns - facts.now_ns) // NS_PER_S)
        text = f"{text} {left_s // 60:02}:{left_s % 60:02}"
    if mode is TradingMode.DISARMED and facts.view_only:
        text = "VIEW ONLY"
    pieces = [Piece(text, MODE_ROLES[mode])]
    if facts.armed_elsewhere:
        pieces += [Piece(" also ", "dim"), Piece(",".join(facts.armed_elsewhere), "armed")]
    return pieces


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


def _takes(takes: VenueStateChanged | None, now_ns: int) -> Line:
    """Return what a venue takes, and for how long that is believed; nothing while it takes every order."""
    if takes is None or takes.state is VenueState.OPEN:
        return ()
    role = "warn" if takes.state is VenueState.POST_ONLY else "alarm"
    left_s = max(0, (takes.until_ns - now_ns) // NS_PER_S)
    return (Piece(f"{takes.state.replace('_', '-')} {left_s}s", role),)


def _beside(other: Beside, now_ns: int) -> Line:
    """Return another venue: what it takes where that is not everything, and its account."""
    takes = _takes(other.takes, now_ns)
    between = (Piece(" ", ""),) if takes else ()
    return (Piece(f"{other.venue} ", "strong"), *takes, *between, *_account(other.account))


def _dead_man(dead_man: DeadMan | None) -> Line:
    """Return the dead-man switch where it is wanted: whether the venue cancels if it hears of us no more."""
    match dead_man:
        case DeadMan(state=DeadManState.ON, timeout_s=timeout_s):
            return (Piece(f"DMS {timeout_s:g}s", "good"),)
        case DeadMan(state=DeadManState.LOST):
            return (Piece("DMS LOST", "alarm"),)
        case DeadMan(state=DeadManState.IDLE):
            return (Piece("DMS idle", "dim"),)
        case _:
            return ()


def _lag(facts: HeaderFacts) -> Line:
    lag_ms = facts.book.lag_ms if facts.book is not None else None
    wire = "-" if lag_ms is None else f"{lag_ms:.0f}ms"
    role = "warn" if facts.ui_lag_ms > 250 else "dim"
    return (Piece(f"lag {wire}", "dim"), Piece(f" ui {facts.ui_lag_ms}ms", role))


def _money(facts: HeaderFacts) -> list[tuple[int, Line]]:
    """Return what the second line says, in its order, each part with its rank: the lowest stays longest."""
    position, instrument = facts.position, facts.instrument
    held = position.quantity if position is not None else Decimal(0)
    asset = pays_in(instrument)
    side = "side.buy" if held > 0 else "side.sell" if held < 0 else "dim"
    signed = f"+{size_text(held)}" if held > 0 else size_text(held) if held else "flat"
    what: list[Piece] = [Piece("POS ", "dim"), Piece(signed, side)]
    if position is not None and held:
        what.append(Piece(f" {unit_of(instrument)}", "dim"))
        what.append(Piece(f" @{average_text(position.entry_price, instrument)}", ""))
    realized = position.realized_pnl if position is not None else Decimal(0)
    parts: list[tuple[int, Line]] = [(0, tuple(what))]
    if held:
        parts.append((1, labelled("uPnL", facts.unrealized, asset)))
    parts.append((3, labelled("rPnL", realized, asset)))
    parts += [(2, _day(facts.day)), *((4, part) for part in _apart(facts.day))]
    if facts.loss_rail:
        # Half of it lost is told before anything but position and profit.
        parts.append((6 if facts.loss_rail[-1].role == "dim" else 2, facts.loss_rail))
    if facts.cash:
        parts.append((5, (Piece("cash ", "dim"), Piece(facts.cash, ""))))
    if facts.day.is_mixed:
        shares = ", ".join(f"{asset} {amount_text(amount, asset)}" for asset, amount in facts.day.at_par)
        parts.append((7, (Piece(f"= {shares}", "dim"),)))
    return parts


def _day(day: Totals) -> Line:
    """Return the profit over all venues: dollars and what is meant to be worth one, at par, and said so."""
    line = labelled("day", day.usd)
    return (*line, Piece(f" {day.unit}", "dim")) if day.is_mixed else line


def _apart(day: Totals) -> list[Line]:
    """Return the profits in what is worth no dollar."""
    return [labelled("+", amount, asset) for asset, amount in day.apart]


def unit_of(instrument: Instrument | None) -> str:
    """Return what a size of it counts, as `YES`, `BTC` or `ct` for contracts that are worth money."""
    if instrument is not None and instrument.kind is InstrumentKind.INVERSE:
        return "ct"
    return outcome(instrument)


def labelled(label: str, value: Decimal | None, asset: str = "") -> Line:
    """Return an amount of money with its label, its sign and the role of that, and its asset if no dollar."""
    if value is None:
        return (Piece(f"{label} ", "dim"), Piece("-", "dim"))
    role = "pnl.pos" if value > 0 else "pnl.neg" if value < 0 else ""
    return (Piece(f"{label} ", "dim"), Piece(amount_text(value, asset), role), *_asset(asset))


def _asset(asset: str) -> Line:
    return () if is_dollar(asset) else (Piece(f" {asset}", "dim"),)
