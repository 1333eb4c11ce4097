"""What the coach says of everything that is held, account by account and over all of them.

The engines are imported by the first look, behind the first live book.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, field

from omega_tui.domain.account import Position
from omega_tui.domain.equity import Account, account_of, equities, total_at_par
from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.domain.orders import Order
from omega_tui.domain.result import AT_PAR
from omega_tui.domain.teaching import Finding
from omega_tui.ui.desk.desk import Desk

if TYPE_CHECKING:
    from omega_tui.education.cards import BarMemory
    from omega_tui.education.coach import Held


class CoachReport(Struct, frozen=True):
    """What the coach found at one instant.

    Attributes:
        findings: About every position, and what is held together.
        critical: What is critical about the position on screen, else elsewhere, in one line; empty for none.
        equity: Of each account whose balance is known.
        open_risk: By account: what its positions lose if every stop is hit; accounts without any left out.
        unstopped: By account: positions that no stop limits.
    """

    findings: tuple[Finding, ...] = ()
    critical: str = ""
    equity: Mapping[Account, Decimal] = field(default_factory=dict)
    open_risk: Mapping[Account, Decimal] = field(default_factory=dict)
    unstopped: Mapping[Account, int] = field(default_factory=dict)


class _Past(Struct):
    """What was seen of an open position: which way, the most it was ahead, what its first stop risked."""

    sign: int
    best: Decimal | None = None
    planned: Decimal | None = None


class Coaching:
    """Puts what is held before the coach.

    One R of a position is what its first stop had at risk; its best result is the best of the looks. Both are
    of this session, and gone with the position.
    """

    def __init__(
        self,
        desk: Desk,
        orders_of: Callable[[str], tuple[Order, ...]],
        memory_of: Callable[[str], "BarMemory | None"],
    ) -> None:
        """Look at a desk.

        Args:
            desk: What is held, and the balances.
            orders_of: Gives the own working orders of an instrument.
            memory_of: Gives what is known of the bars of an instrument; None where it was not looked at.
        """
        self._desk = desk
        self._orders_of = orders_of
        self._memory_of = memory_of
        self._past: dict[str, _Past] = {}

    def equity(self) -> dict[Account, Decimal]:
        """Return what each account is worth now."""
        desk = self._desk
        marks = {name: mark for name in desk.positions if (mark := desk.mark(name)) is not None}
        return equities(desk.balances.values(), desk.positions.values(), desk.instruments, marks)

    def look(self, now_ns: int, shown: str) -> CoachReport:
        """Return what there is to say; `shown` is the instrument on the ladder, which comes first."""
        # Only now: behind the first live book nobody waits for the engines.
        from omega_tui.education.coach import (  # noqa: PLC0415
            CoachView,
            findings,
            findings_over_accounts,
            open_risk,
            risk_line,
        )
        from omega_tui.education.left_orders import left_orders  # noqa: PLC0415

        equity = self.equity()
        self._past = {
            name: past
            for name, past in self._past.items()
            if (position := self._desk.positions.get(name)) is not None and _sign(position) == past.sign
        }
        accounts: dict[Account, list[Held]] = {}
        for position in self._desk.positions.values():
            held = self._held(position) if position.quantity else None
            if held is not None:
                accounts.setdefault(account_of(held.instrument), []).append(held)
        found = [*left_orders(self._desk.working(), self._desk.positions)]
        risk: dict[Account, Decimal] = {}
        unstopped: dict[Account, int] = {}
        for account, positions in accounts.items():
            found += findings(CoachView(now_ns=now_ns, equity=equity.get(account), held=positions))
            risk[account], unstopped[account] = open_risk(positions)
        at_par = [one for (_, asset), positions in accounts.items() if asset in AT_PAR for one in positions]
        if len({account for account in accounts if account[1] in AT_PAR}) > 1:
            over = CoachView(now_ns=now_ns, equity=total_at_par(equity), held=at_par)
            found += findings_over_accounts(over)
        shown_first = sorted(found, key=lambda one: (one.instrument != shown, not one.instrument))
        critical = ""
        for one in shown_first:
            line = risk_line([one])
            if line:
                critical = line if one.instrument in {shown, ""} else f"{self._name(one.instrument)}: {line}"
                break
        return CoachReport(tuple(found), critical, equity, risk, unstopped)

    def _name(self, instrument_id: str) -> str:
        instrument: Instrument | None = self._desk.instruments.get(instrument_id)
        return instrument_id if instrument is None else instrument.base or instrument.name

    def _held(self, position: Position) -> "Held | None":
        from omega_tui.education.coach import Held  # noqa: PLC0415 - as in `look`

        instrument = self._desk.instruments.get(position.instrument)
        mark = self._desk.mark(position.instrument)
        if instrument is None or mark is None:
            return None
        memory = self._memory_of(position.instrument)
        terms = position.terms
        past = self._past.setdefault(instrument.id, _Past(_sign(position)))
        result = position.unrealized_pnl(mark)
        if result is not None:
            past.best = result if past.best is None else max(past.best, result)
        held = Held(
            position=position,
            instrument=instrument,
            mark=mark,
            orders=self._orders_of(instrument.id),
            atr=memory.atr if memory is not None else None,
            leverage=(terms.leverage if terms is not None else None) or ONE,
            venue_liquidation=terms.liquidation_price if terms is not None else None,
            best_pnl=past.best,
            planned_risk=past.planned,
        )
        if past.planned is None and held.stop is not None and held.open_risk:
            past.planned = held.open_risk
            held = replace(held, planned_risk=past.planned)
        return held


def _sign(position: Position) -> int:
    return (position.quantity > 0) - (position.quantity < 0)
