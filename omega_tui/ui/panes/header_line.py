"""The first line of the header: who, where and how healthy. Pure.

The ends are padded, and what does not fit is left out from the least important on, never cut in the middle of
a number.
"""

from typing import Final

from omega_tui.domain.events.account import TradingMode, VenueStateChanged
from omega_tui.domain.events.status import LinkChanged, ReplayChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import (
    Connection,
    ConnectionState,
    DataState,
    Integrity,
    IntegrityState,
)
from omega_tui.domain.venue_health import DeadMan, DeadManState
from omega_tui.domain.venue_state import VenueState
from omega_tui.text import cell_width
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.header_facts import Beside, HeaderFacts
from omega_tui.ui.panes.status_line import Line, cells_of, clock_text, padded
from omega_tui.ui.text.formats import age_text, fitted, steady_age_text
from omega_tui.ui.text.state_words import state_word
from omega_tui.ui.text.words import MODE_WORDS, token
from omega_tui.units import NS_PER_MS, NS_PER_S

RULE = Piece(" │ ", "dim")

DATA_ROLES: dict[DataState, str] = {
    DataState.LIVE: "good",
    DataState.QUIET: "good",
    DataState.LAG: "warn",
    DataState.STALE: "alarm",
    DataState.RESYNC: "alarm",
    DataState.DOWN: "alarm",
}
_AGED: Final = frozenset({DataState.LIVE, DataState.QUIET, DataState.STALE})
"""States that have an age: of a book that is gone or rebuilt a number would pass for a lag."""

MODE_ROLES: dict[TradingMode, str] = {
    TradingMode.DISARMED: "dim",
    TradingMode.ARMED: "armed",
    TradingMode.REDUCING: "warn",
    TradingMode.HALTED: "alarm",
}


def who_and_health(facts: HeaderFacts, width: int) -> Line:
    """Return line 1: mode, arming, market, the state of every stream."""
    left = [_mode(facts), Piece(" ", "")]
    left += _replay(facts.replay) if facts.replay is not None else _armed(facts)
    takes = _takes(facts.takes, facts.now_ns)
    tail = [RULE, *_link(facts.link), *(() if not takes else (*takes, RULE)), *_book(facts)]
    # That an account tells nothing is worth more than the name of the market, which the ladder has, too.
    is_heard = facts.account is None or facts.account.is_up
    extras = [(_account(facts.account), 16 if is_heard else 8)] if facts.replay is None else []
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
    """Return the book's state with what it has: an age, how late it is, or what is done about it."""
    status = facts.status
    parts = [Piece("book ", "dim"), Piece(status.state.value, DATA_ROLES[status.state])]
    if status.state is DataState.LAG:
        # How far behind the venue it is, and not how long ago it changed, is what is the matter with it.
        wire_ms = facts.book.lag_ms if facts.book is not None else None
        behind_ms = max(wire_ms or 0, facts.ui_lag_ms)
        parts.append(Piece(f" {age_text(round(behind_ms * NS_PER_MS)):>4}", "warn"))
    elif status.age_ns is not None and status.state in _AGED:
        # With room for `338ms` while it is live: what stands beside it would move with every update.
        cells = 5 if status.state is DataState.LIVE else 4
        parts.append(Piece(f" {steady_age_text(status.age_ns):>{cells}}", ""))
    if facts.integrity is not None and facts.integrity.check and status.state.allows_new_orders:
        check, role = _check(facts.integrity)
        parts.append(Piece(f" {check}", role))
    if status.state is DataState.DOWN and facts.book is not None:
        parts += _attempt(facts.book, facts.now_ns)
    return parts


def _attempt(book: Connection, now_ns: int) -> list[Piece]:
    """Return what is done about a stream that is gone."""
    if book.state is ConnectionState.CONNECTING:
        return [Piece(f" {state_word(book.state)}", "warn")]
    if book.retry_at_ns > now_ns:
        return [Piece(f" retry {(book.retry_at_ns - now_ns) // NS_PER_S + 1}s", "warn")]
    return []


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
    role = {ConnectionState.UP: "good", ConnectionState.DOWN: "alarm"}.get(account.state, "warn")
    return (Piece("acct ", "dim"), Piece(state_word(account.state), role))


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
            return (Piece(f"DMS {state_word(DeadManState.LOST)}", "alarm"),)
        case DeadMan(state=DeadManState.IDLE):
            return (Piece(f"DMS {state_word(DeadManState.IDLE)}", "dim"),)
        case _:
            return ()


def _lag(facts: HeaderFacts) -> Line:
    # Of a connection that is gone, or from which nothing comes, the last lag says nothing.
    is_past = facts.status.state in {DataState.STALE, DataState.DOWN}
    lag_ms = None if facts.book is None or is_past else facts.book.lag_ms
    wire = "-" if lag_ms is None else f"{lag_ms:.0f}ms"
    role = "warn" if facts.is_screen_late else "dim"
    return (Piece(f"lag {wire}", "dim"), Piece(f" ui {facts.ui_lag_ms}ms", role))
