"""The second line of the header: position, profit and limits, then what the next order is like. Pure.

What does not fit is left out from the least important on, never cut in the middle of a number.
"""

from decimal import Decimal

from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.ui.desk.order_facts import Flags
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.header_facts import HeaderFacts
from omega_tui.ui.panes.pane_lines import quantity_text, sign_role
from omega_tui.ui.panes.status_line import Line, cells_of, padded
from omega_tui.ui.text.formats import fitted
from omega_tui.ui.text.money import UNTOLD, Totals, amount_text, is_dollar, pays_in
from omega_tui.ui.text.words import average_text, outcome, size_text

KEPT_RANK = 2
"""Position, open profit and that of the day: they stay beside a finding."""
LEAST_CRITICAL = 16
"""Cells without which a finding in the risk line says nothing."""


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
    """Return the finding that stands in the risk line, cut where it must be: the panel says all of it.

    What comes before a colon says what is wrong, and stands by itself better than half of what follows.
    """
    if not text or room < LEAST_CRITICAL:
        return []
    if len(text) > room - 2 and ":" in text:
        text = text.partition(":")[0]
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
    if facts.opposite is not None:
        # Who looks at the other outcome of what he holds is not flat in this market.
        other, quantity = facts.opposite
        what.append(Piece(f", {outcome(other)} ", "dim"))
        what.append(Piece(quantity_text(quantity), sign_role(quantity, "side.buy", "side.sell")))
    realized = position.realized_pnl if position is not None else Decimal(0)
    parts: list[tuple[int, Line]] = [(0, tuple(what))]
    if held:
        open_profit = labelled("uPnL", facts.unrealized, asset)
        is_doubted = instrument is not None and instrument.id in facts.doubted
        parts.append((1, estimated(open_profit) if is_doubted else open_profit))
    parts.append((3, labelled("rPnL", realized, asset)))
    day = _day(facts.day)
    parts += [
        (2, estimated(day) if facts.doubted else day),
        *((4, part) for part in _apart(facts.day)),
    ]
    if facts.loss_rail:
        # Half of it lost is told before anything but position and profit.
        parts.append((6 if facts.loss_rail[-1].role == "dim" else 2, facts.loss_rail))
    if facts.cash:
        parts.append((5, (Piece("cash ", "dim"), Piece(facts.cash, ""))))
    if facts.equity is not None:
        equity = (Piece("EQ ", "dim"), Piece(f"{facts.equity:,.2f}", ""))
        parts.append((8, estimated(equity) if facts.doubted else equity))
    used = facts.exposure
    parts += [(3 if used.is_near else 9, part) for part in (used.gross, used.orders) if part]
    if facts.day.is_mixed:
        shares = ", ".join(f"{asset} {amount_text(amount, asset)}" for asset, amount in facts.day.at_par)
        parts.append((7, (Piece(f"= {shares}", "dim"),)))
    return parts


def _day(day: Totals) -> Line:
    """Return the profit over all venues: dollars and what is meant to be worth one, at par, and said so."""
    line = labelled("day", day.usd)
    return (*line, Piece(f" {day.unit}", "dim")) if day.is_mixed else line


def _apart(day: Totals) -> list[Line]:
    """Return the profits in what is worth no dollar, and those of markets that were not read yet."""
    untold = (Piece(" in markets not read yet", "dim"),)
    return [
        (*labelled("and", amount)[:2], *untold) if asset == UNTOLD else labelled("and", amount, asset)
        for asset, amount in day.apart
    ]


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


def estimated(line: Line) -> Line:
    """Return an amount after its label as one that stands on prices that may be bad: grey, after a `~`."""
    label, amount, *rest = line
    return (label, Piece(f"~{amount.text}", "dim"), *rest)


def _asset(asset: str) -> Line:
    return () if is_dollar(asset) else (Piece(f" {asset}", "dim"),)
