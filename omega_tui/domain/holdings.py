"""Positions of one venue, folded from fills and from what the venue says we hold. Pure.

Fills count once, by trade and order; one that fails on chain is taken back. Where the venue holds another
quantity than the fills explain, the venue's is adopted: nobody invents a trade to close the gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from omega_tui.domain.account import MarginTerms, Position
from omega_tui.domain.instrument import ZERO
from omega_tui.domain.order_fold import merge_fills
from omega_tui.domain.orders import Fill, Settlement

FillKey = tuple[str, str]

FINAL = frozenset({Settlement.CONFIRMED, Settlement.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The venue's quantity replaces ours.

    Attributes:
        instrument: Instrument id.
        quantity: What the venue holds for us.
        entry_price: Its average price where it gives one; None keeps ours, unless more is held than ours.
        reason: Why ours was given up; for people.
        ts_ns: When, wall clock.
        contract_value: As of `Position`; zero for all but inverse contracts.
    """

    instrument: str
    quantity: Decimal
    entry_price: Decimal | None
    reason: str
    ts_ns: int
    contract_value: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut:
    """The market resolved, and the venue has turned what we held into money.

    Attributes:
        instrument: Instrument id.
        price: Paid per unit: one for the winner, zero for the others.
        ts_ns: When, wall clock.
    """

    instrument: str
    price: Decimal
    ts_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Funded:
    """The holders of a perpetual settled with each other.

    Attributes:
        instrument: Instrument id.
        amount: Received, in the settling asset; negative is paid.
        payment_id: The venue's; each counts once.
        ts_ns: The venue's time.
    """

    instrument: str
    amount: Decimal
    payment_id: str
    ts_ns: int


Step = FillKey | Adopted | PaidOut | Funded


class Holdings:
    """Every position of one venue and how it came about. Single writer.

    Steps count in the order in which they were learned: what was adopted already holds the fills before it.
    """

    def __init__(self, venue: str) -> None:
        self.venue = venue
        self._positions: dict[str, Position] = {}
        self._steps: dict[str, list[Step]] = {}
        self._fills: dict[FillKey, Fill] = {}
        self._gains: dict[str, list[tuple[int, Decimal]]] = {}
        self._payments: set[tuple[str, str]] = set()

    @property
    def positions(self) -> Mapping[str, Position]:
        """By instrument; flat ones stay, with what they realized."""
        return self._positions

    def has(self, instrument: str) -> bool:
        """Whether anything is known of this instrument."""
        return instrument in self._steps

    def fill(self, fill: Fill) -> tuple[Fill, bool] | None:
        """Count a fill, or a step of its settlement.

        Returns:
            The fill as it stands and whether it is new; None when nothing about it changed.
        """
        key = (fill.trade_id, fill.venue_order_id)
        known = self._fills.get(key)
        merged = fill if known is None else merge_fills((known, fill))[0]
        if merged == known:
            return None
        self._fills[key] = merged
        steps = self._steps.setdefault(merged.instrument, [])
        if known is None:
            steps.append(key)
            self._apply(key, merged.instrument)
        elif replace(merged, settlement=known.settlement) != known or merged.settlement is Settlement.FAILED:
            self._refold(merged.instrument)
        self._note_unsettled(merged.instrument)
        return merged, known is None

    def adopt(self, step: Adopted) -> None:
        """Take the venue's quantity for ours."""
        self._append(step.instrument, step)

    def pay_out(self, step: PaidOut) -> None:
        """Close a position at what its resolved market pays."""
        self._append(step.instrument, step)

    def fund(self, step: Funded) -> bool:
        """Count a funding payment; return whether it is new."""
        key = (step.instrument, step.payment_id)
        if key in self._payments:
            return False
        self._payments.add(key)
        self._append(step.instrument, step)
        return True

    def note_terms(self, instrument: str, terms: MarginTerms | None) -> bool:
        """Take what the venue says of a position on margin; return whether that is new."""
        before = self._positions.get(instrument)
        if before is None or before.terms == terms:
            return False
        self._positions[instrument] = replace(before, terms=terms)
        return True

    def settled(self, instrument: str) -> Decimal:
        """Return the part of the position whose trades are final."""
        position = self._positions.get(instrument)
        return ZERO if position is None else position.quantity - position.unsettled

    def gains_since(self, ts_ns: int) -> dict[str, Decimal]:
        """Return what was realized since `ts_ns`, fees off, by instrument in the asset in which it pays."""
        return {
            instrument: sum((gain for when_ns, gain in gains if when_ns >= ts_ns), ZERO)
            for instrument, gains in self._gains.items()
        }

    def _append(self, instrument: str, step: Step) -> None:
        self._steps.setdefault(instrument, []).append(step)
        self._apply(step, instrument)
        self._note_unsettled(instrument)

    def _refold(self, instrument: str) -> None:
        self._positions[instrument] = Position(
            self.venue, instrument, terms=self._positions[instrument].terms
        )
        self._gains[instrument] = []
        for step in self._steps[instrument]:
            self._apply(step, instrument)

    def _apply(self, step: Step, instrument: str) -> None:
        before = self._positions.get(instrument) or Position(self.venue, instrument)
        when_ns = 0
        match step:
            case Adopted():
                # What came from nobody knows where was bought at nobody knows what.
                grown = abs(step.quantity) > abs(before.quantity) or step.quantity * before.quantity < 0
                kept = None if grown else before.entry_price
                price = step.entry_price if step.entry_price is not None else kept
                after = replace(
                    before,
                    quantity=step.quantity,
                    entry_price=price if step.quantity else None,
                    contract_value=step.contract_value or before.contract_value,
                )
            case Funded():
                after = replace(before, funding=before.funding + step.amount)
                when_ns = step.ts_ns
            case PaidOut():
                closing = -before.quantity
                gained = ZERO
                if before.entry_price is not None:
                    gained = (step.price - before.entry_price) * -closing
                realized = before.realized_pnl + gained
                after = replace(before, quantity=ZERO, entry_price=None, realized_pnl=realized)
                when_ns = step.ts_ns
            case _:
                fill = self._fills[step]
                if fill.settlement is Settlement.FAILED:
                    after = before
                else:
                    of = replace(before, contract_value=fill.contract_value or before.contract_value)
                    after = of.after_fill(
                        fill.side,
                        fill.price,
                        fill.size,
                        fill.fee,
                        base_fee=fill.base_fee,
                        other_fee=fill.third_fee,
                    )
                when_ns = fill.ts_event_ns
        self._positions[instrument] = after
        gain = _banked(after) - _banked(before)
        if gain:
            self._gains.setdefault(instrument, []).append((when_ns, gain))

    def _note_unsettled(self, instrument: str) -> None:
        position = self._positions[instrument]
        waiting = ZERO
        for step in reversed(self._steps[instrument]):
            if isinstance(step, Adopted | PaidOut):
                break  # It holds the fills before it.
            if isinstance(step, tuple):
                fill = self._fills[step]
                if fill.settlement not in FINAL:
                    waiting += fill.size * fill.side.sign
        self._positions[instrument] = replace(position, unsettled=waiting)


def _banked(position: Position) -> Decimal:
    return position.realized_pnl + position.funding - position.fees
