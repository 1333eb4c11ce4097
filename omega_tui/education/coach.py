"""The position coach: numbers about own positions and orders beside their limits. Pure.

It reports. It never says which side to take, and places nothing. Critical is what no order limits, or an
order that cannot work; that stands in the risk line, not throttled. A large risk is a number beside
its limit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.instrument import ONE, ZERO, Instrument, InstrumentKind
from omega_tui.domain.orders import Order
from omega_tui.domain.side import Side
from omega_tui.domain.teaching import Finding, FindingSeverity
from omega_tui.education.binary import DAYS_PER_YEAR, annual_yield
from omega_tui.education.numbers_text import percent
from omega_tui.education.risk import DEFAULT_RISK, NOISE_ATR, WARN_RISK, liquidation_price
from omega_tui.units import NS_PER_S

LIQUIDATION_ATR: Final = Decimal(3)
"""Nearer than this many average true ranges, liquidation is a matter of one hour's bars."""
MAX_HEAT: Final = Decimal("0.05")
"""Open risk of all positions, share of the equity (education sheet, section 4)."""
MAX_LEVERAGE: Final = Decimal(5)
MAX_COST_R: Final = Decimal("0.2")
"""Fees beyond a fifth of the risk."""
GIVE_BACK: Final = Decimal("0.5")
"""Half of the best open profit given back."""
SOON_S: Final = 3_600

NOTE, WARNING, CRITICAL = FindingSeverity.NOTE, FindingSeverity.WARNING, FindingSeverity.CRITICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One open position and what is needed to judge it.

    Attributes:
        position: With its entry price.
        instrument: Its rules.
        mark: The price to value it with.
        orders: Working orders in it.
        atr: Average true range; None not known.
        leverage: 1 where nothing is borrowed.
        maintenance: Share of the value that must stay as margin.
        venue_liquidation: What the venue says; goes before our estimate.
        best_pnl: The most that it was ahead; None not known.
        planned_risk: One R of it, in quote units; None where no plan was noted.
    """

    position: Position
    instrument: Instrument
    mark: Decimal
    orders: Sequence[Order] = ()
    atr: Decimal | None = None
    leverage: Decimal = ONE
    maintenance: Decimal = Decimal("0.005")
    venue_liquidation: Decimal | None = None
    best_pnl: Decimal | None = None
    planned_risk: Decimal | None = None

    @property
    def side(self) -> Side:
        """The side that opened it."""
        return Side.BUY if self.position.quantity > 0 else Side.SELL

    @property
    def entry(self) -> Decimal:
        """The average entry price; the mark while that is not known."""
        return self.position.entry_price if self.position.entry_price is not None else self.mark

    @property
    def stop(self) -> Decimal | None:
        """The nearest stop that takes it off: a working order of the other side with a trigger."""
        sign = self.side.sign
        triggers = [
            order.request.trigger_price
            for order in self.orders
            if not order.is_done
            and order.request.side is self.side.opposite
            and order.request.trigger_price is not None
            and (self.mark - order.request.trigger_price) * sign >= 0
        ]
        return max(triggers, key=lambda price: price * sign) if triggers else None

    @property
    def stopped_size(self) -> Decimal:
        """How much of it stops take off, at most what is held."""
        total = sum(
            (
                order.remaining
                for order in self.orders
                if not order.is_done
                and order.request.side is self.side.opposite
                and order.request.trigger_price is not None
            ),
            ZERO,
        )
        return min(total, abs(self.position.quantity))

    @property
    def is_binary(self) -> bool:
        """Whether it pays one or nothing."""
        return self.instrument.price_max == ONE

    @property
    def open_risk(self) -> Decimal | None:
        """What is lost from the entry to the stop; the stake of a binary; None without either."""
        size = abs(self.position.quantity)
        if self.is_binary:
            worth = self.entry if self.side is Side.BUY else ONE - self.entry
            return worth * size
        if self.stop is None:
            return None
        return max(ZERO, (self.entry - self.stop) * self.side.sign) * size

    @property
    def liquidation(self) -> Decimal | None:
        """The venue's price of liquidation, or our estimate; None where nothing is borrowed."""
        if self.venue_liquidation is not None:
            return self.venue_liquidation
        kind = self.instrument.kind
        if kind is InstrumentKind.SPOT or self.leverage <= ONE or self.maintenance >= ONE / self.leverage:
            return None
        return liquidation_price(
            kind, self.side, self.entry, leverage=self.leverage, maintenance=self.maintenance
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachView:
    """All that the coach looks at, taken at one instant.

    Attributes:
        now_ns: The wall clock.
        equity: Of the account, in quote units; None not known.
        held: Open positions.
        risk_limit: Share of the equity that one trade may risk.
        fee_rates: Taker's fee as a share of the value, by instrument.
    """

    now_ns: int
    equity: Decimal | None
    held: Sequence[Held]
    risk_limit: Decimal = DEFAULT_RISK
    fee_rates: Mapping[str, Decimal] = field(default_factory=dict)


def findings(view: CoachView) -> tuple[Finding, ...]:
    """Return what there is to say, the gravest first, in the order of the positions."""
    return _by_gravity([finding for held in view.held for finding in _of_position(held, view)], _of_all(view))


def findings_over_accounts(view: CoachView) -> tuple[Finding, ...]:
    """Return what there is to say of several accounts together: leverage and heat, the gravest first."""
    return _by_gravity(_of_all(view))


def open_risk(held: Sequence[Held]) -> tuple[Decimal, int]:
    """Return what these positions lose if every stop is hit, and how many of them no stop limits."""
    risks = [one.open_risk for one in held]
    return sum((risk for risk in risks if risk is not None), ZERO), risks.count(None)


def _by_gravity(*groups: Iterable[Finding]) -> tuple[Finding, ...]:
    order = (CRITICAL, WARNING, NOTE)
    found = [finding for group in groups for finding in group]
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def risk_line(found: Sequence[Finding]) -> str:
    """Return the critical findings as one line; empty where there is none."""
    return " | ".join(finding.text for finding in found if finding.severity is CRITICAL)


def _of_position(held: Held, view: CoachView) -> Iterator[Finding]:
    if held.position.quantity == 0:
        return
    if held.is_binary:
        yield from _binary(held, view)
    else:
        yield from _stop(held)
        yield from _liquidation(held)
    yield from _risk(held, view)
    yield from _costs(held, view)
    yield from _result(held)


def _stop(held: Held) -> Iterator[Finding]:
    stop, size = held.stop, abs(held.position.quantity)
    make = _Maker(held, "o-03-stops")
    if stop is None:
        # Coins that were paid for can lose what they are worth, and no more; much of them is no trade at all.
        paid_for = held.instrument.kind is InstrumentKind.SPOT
        yield make.finding(
            "NO_STOP", WARNING if paid_for else CRITICAL, "risk at the stop", None, None,
            held.instrument.quote, "none: no working stop takes it off",
            f"No stop works: all of it, {_short(size * held.mark)} {held.instrument.quote}, can be lost."
            if paid_for
            else "No stop works: what this position can lose is not limited by an order.",
        )  # fmt: skip
        return
    if held.stopped_size < size:
        yield make.finding(
            "STOP_SMALLER", WARNING, "size under a stop", held.stopped_size, size, held.instrument.base,
            "sum of the sizes of the stops",
            f"Stops take off {held.stopped_size:,f} of {size:,f}.",
        )  # fmt: skip
    if held.atr:
        distance = abs(held.mark - stop) / held.atr
        if distance < NOISE_ATR:
            yield make.finding(
                "STOP_IN_NOISE", WARNING, "distance to the stop", distance, NOISE_ATR, "ATR",
                "|mark - stop| / ATR",
                f"The stop is {_short(distance)} average true ranges away: an ordinary bar reaches it.",
                stop=stop, atr=held.atr, lesson="r-02-atr-stops",
            )  # fmt: skip


def _liquidation(held: Held) -> Iterator[Finding]:
    price = held.liquidation
    if price is None:
        return
    sign = held.side.sign
    make = _Maker(held, "r-05-leverage-liquidation")
    estimate = "" if held.venue_liquidation is not None else " (our estimate)"
    if held.stop is not None and (held.stop - price) * sign <= 0:
        yield make.finding(
            "STOP_BEYOND_LIQUIDATION", CRITICAL, "stop against liquidation", held.stop, price, "price",
            "stop beyond the price of liquidation",
            f"The stop {_short(held.stop)} lies beyond liquidation at {_short(price)}{estimate}: it "
            f"cannot work.",
            stop=held.stop, liquidation=price,
        )  # fmt: skip
    if held.atr:
        distance = (held.mark - price) * sign / held.atr
        if distance < LIQUIDATION_ATR:
            yield make.finding(
                "LIQUIDATION_NEAR", CRITICAL, "distance to liquidation", distance, LIQUIDATION_ATR, "ATR",
                "(mark - liquidation) / ATR",
                f"Liquidation at {_short(price)}{estimate} is {_short(distance)} average true ranges away.",
                liquidation=price, atr=held.atr,
            )  # fmt: skip


def _risk(held: Held, view: CoachView) -> Iterator[Finding]:
    risk = held.open_risk
    if risk is None or not view.equity or view.equity <= 0:
        return
    share = risk / view.equity
    if share > view.risk_limit:
        severity = WARNING if share > WARN_RISK else NOTE
        lesson = "m-04-max-loss-time" if held.is_binary else "r-01-r-and-size"
        yield _Maker(held, lesson).finding(
            "RISK_OVER_LIMIT", severity, "risk of the position", share, view.risk_limit, "share of equity",
            "stake / equity" if held.is_binary else "|entry - stop| x size / equity",
            f"The position risks {_short(risk)}, {percent(share)} of the equity of {_short(view.equity)}; "
            f"the limit is {percent(view.risk_limit)}.",
            risk=risk, equity=view.equity,
        )  # fmt: skip


def _binary(held: Held, view: CoachView) -> Iterator[Finding]:
    make = _Maker(held, "m-04-max-loss-time")
    loss = held.open_risk
    assert loss is not None, "a binary always has a worst case"
    yield make.finding(
        "MAX_LOSS", NOTE, "most that can be lost", loss, None, held.instrument.quote,
        "entry x size" if held.side is Side.BUY else "(1 - entry) x size",
        f"At most {_short(loss)} {held.instrument.quote} can be lost, before fees.",
        size=abs(held.position.quantity), entry=held.entry,
    )  # fmt: skip
    ends = held.instrument.resolves_at_ns
    if ends is None:
        return
    left_s = (ends - view.now_ns) // NS_PER_S
    if 0 < left_s < SOON_S:
        yield make.finding(
            "RESOLVES_SOON", WARNING, "time to the planned end", Decimal(left_s), Decimal(SOON_S), "s",
            "planned end - now",
            f"It is to resolve in {left_s // 60} min: the price may jump to zero or one.",
        )  # fmt: skip
    elif left_s > 0 and held.side is Side.BUY and ZERO < held.mark < ONE:
        days = Decimal(left_s) / 86_400
        if days >= 1 and held.mark > Decimal("0.8"):
            yearly = annual_yield(held.mark, days)
            yield make.finding(
                "YIELD", NOTE, "yield if it pays", yearly, None, "a year",
                f"(1 / price)^({DAYS_PER_YEAR} / days) - 1",
                f"If it pays, the price of {_short(held.mark)} earns {percent(yearly)} a year until then.",
                price=held.mark, days=days,
            )  # fmt: skip


def _costs(held: Held, view: CoachView) -> Iterator[Finding]:
    rate = view.fee_rates.get(held.instrument.id, held.instrument.taker_fee_rate)
    risk = held.open_risk
    if not rate or not risk or held.is_binary or held.stop is None:
        return
    fees = (held.entry + held.stop) * rate * abs(held.position.quantity)
    in_r = fees / risk
    if in_r > MAX_COST_R:
        yield _Maker(held, "o-05-fees-disconnect").finding(
            "COST_IN_R", WARNING, "fees of the round trip", in_r, MAX_COST_R, "R",
            "(entry + stop) x fee x size / risk",
            f"Fees in and out are {percent(in_r)} of what is at risk.",
            fees=fees, risk=risk,
        )  # fmt: skip


def _result(held: Held) -> Iterator[Finding]:
    pnl = held.position.unrealized_pnl(held.mark)
    if pnl is None:
        return
    make = _Maker(held, "r-07-scale-trail-heat")
    if held.planned_risk:
        yield make.finding(
            "R_SO_FAR", NOTE, "open result", pnl / held.planned_risk, None, "R", "open result / planned risk",
            f"Open result: {pnl / held.planned_risk:+.2f} R.", pnl=pnl, planned=held.planned_risk,
        )  # fmt: skip
    best = held.best_pnl
    if best and best > 0 and (not held.planned_risk or best >= held.planned_risk):
        given = (best - pnl) / best
        if given > GIVE_BACK:
            yield make.finding(
                "GIVE_BACK", WARNING, "given back of the best", given, GIVE_BACK, "share",
                "(best - open result) / best",
                f"{percent(given)} of its best open result is given back.", best=best, pnl=pnl,
            )  # fmt: skip


def _of_all(view: CoachView) -> Iterator[Finding]:
    if not view.equity or view.equity <= 0 or not view.held:
        return
    value = sum((abs(held.position.quantity) * held.mark for held in view.held), ZERO)
    leverage = value / view.equity
    if leverage > MAX_LEVERAGE:
        yield Finding(
            "LEVERAGE", WARNING, "", "effective leverage", leverage, MAX_LEVERAGE, "times",
            "sum of |size| x mark / equity", (("value", _short(value)), ("equity", _short(view.equity))),
            f"All positions are worth {_short(leverage)} times the equity.", "r-05-leverage-liquidation",
        )  # fmt: skip
    risk, unstopped = open_risk(view.held)
    heat = risk / view.equity
    if heat > MAX_HEAT:
        yield Finding(
            "HEAT", WARNING, "", "risk of all stops together", heat, MAX_HEAT, "share of equity",
            "sum of the risks / equity",
            (("risk", _short(risk)), ("equity", _short(view.equity)), ("without a stop", str(unstopped))),
            f"If every stop is hit, {_short(risk)} is lost: {percent(heat)} of the equity of "
            f"{_short(view.equity)}.", "r-07-scale-trail-heat",
        )  # fmt: skip


class _Maker:
    """Makes the findings of one position."""

    def __init__(self, held: Held, lesson: str) -> None:
        self._held = held
        self._lesson = lesson

    def finding(  # noqa: PLR0913, PLR0917 - a finding has these parts
        self,
        code: str,
        severity: FindingSeverity,
        metric: str,
        value: Decimal | None,
        limit: Decimal | None,
        unit: str,
        formula: str,
        text: str,
        *,
        lesson: str = "",
        **inputs: Decimal,
    ) -> Finding:
        held = self._held
        named = {"size": held.position.quantity, "entry": held.entry, "mark": held.mark} | inputs
        shown = tuple((name, _short(number)) for name, number in named.items())
        where = held.instrument.id
        return Finding(
            code, severity, where, metric, value, limit, unit, formula, shown, text, lesson or self._lesson
        )


def _short(value: Decimal) -> str:
    text = f"{value:.6f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:,.2f}"
    return text.removesuffix(".00")
