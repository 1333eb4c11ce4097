"""Margin accounting of linear perpetuals for one account: positions, leverage, funding, liquidation. Pure.

One coin is margin and settlement of everything. Sizes are in base units, money in that coin, both `Decimal`.
A position keeps what it cost in total rather than its average price, so nothing is ever lost by rounding:
equity at any mark is what was paid in plus the cash flow of every fill, whatever came in between.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.errors import SimError
from omega_tui.sim.holding import MONEY, Holding, HoldMode, HoldSide, MarginMode, Setting, Terms, share_up


@dataclass(frozen=True, slots=True)
class FillEffect:
    """What a fill did to the account.

    Attributes:
        opened: Size that was added to a position.
        closed: Size that was taken off one.
        realized: Gained by that, before fees.
        ended: The position that is flat now; None where none is.
    """

    opened: Decimal
    closed: Decimal
    realized: Decimal
    ended: Holding | None = None


@dataclass(slots=True)
class PerpetualAccount:
    """Everything that one owner has in linear perpetuals of one margin coin.

    Attributes:
        terms: Of every symbol there is.
        hold_mode: One-way or hedge.
        cash: What is not set aside for isolated positions; unrealized gains are not in it.
        insurance: What the venue's insurance fund paid in, less what it took, in liquidations.
        holdings: Positions that are not flat.
        settings: By symbol, once changed or used.
    """

    terms: Mapping[str, Terms]
    hold_mode: HoldMode = HoldMode.ONE_WAY
    cash: Decimal = ZERO
    insurance: Decimal = ZERO
    holdings: dict[tuple[str, HoldSide], Holding] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)

    # --- reading

    def setting(self, symbol: str) -> Setting:
        """Return what is chosen for a symbol, to be read or changed."""
        return self.settings.setdefault(symbol, Setting())

    def size(self, symbol: str, side: HoldSide) -> Decimal:
        """Return the size of one position; zero where there is none."""
        holding = self.holdings.get((symbol, side))
        return ZERO if holding is None else holding.size

    def leverage(self, holding: Holding) -> int:
        """Return the leverage of a position."""
        setting = self.setting(holding.symbol)
        if holding.margin_mode is MarginMode.CROSSED:
            return setting.cross_leverage
        return setting.long_leverage if holding.side is HoldSide.LONG else setting.short_leverage

    def initial_margin(self, holding: Holding) -> Decimal:
        """Return what a position binds: its own margin, or its cost divided by the leverage."""
        if holding.margin_mode is MarginMode.ISOLATED:
            return holding.margin
        return share_up(holding.cost, self.leverage(holding))

    def maintenance(self, holding: Holding, mark: Decimal) -> Decimal:
        """Return what must be left for a position at `mark`: maintenance margin and closing fee."""
        terms = self.terms[holding.symbol]
        return holding.size * mark * (terms.maintenance_rate + terms.taker_rate)

    def equity(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return what the account is worth at the given marks by symbol."""
        return self.cash + sum(
            (held.margin + held.unrealized(marks[held.symbol]) for held in self.holdings.values()), ZERO
        )

    def cross_equity(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return what answers for all crossed positions together."""
        return self.cash + sum((held.unrealized(marks[held.symbol]) for held in self._crossed()), ZERO)

    def available(self, marks: Mapping[str, Decimal], reserved: Decimal = ZERO) -> Decimal:
        """Return what new orders may bind, with `reserved` for those already open; never negative."""
        bound = sum((self.initial_margin(held) for held in self._crossed()), ZERO)
        return max(ZERO, self.cross_equity(marks) - bound - reserved)

    def transferable(self, marks: Mapping[str, Decimal], reserved: Decimal = ZERO) -> Decimal:
        """Return what may be taken out: as `available`, but unrealized gains stay."""
        losses = sum((min(ZERO, held.unrealized(marks[held.symbol])) for held in self._crossed()), ZERO)
        bound = sum((self.initial_margin(held) for held in self._crossed()), ZERO)
        return max(ZERO, min(self.available(marks, reserved), self.cash + losses - bound - reserved))

    def risk_rate(self, marks: Mapping[str, Decimal]) -> Decimal:
        """Return the share of the crossed equity that must be left; liquidation comes at 1."""
        needed = sum((self.maintenance(held, marks[held.symbol]) for held in self._crossed()), ZERO)
        equity = self.cross_equity(marks)
        if not needed:
            return ZERO
        return ONE if equity <= 0 else (needed / equity).quantize(MONEY)

    def liquidation_price(self, holding: Holding, marks: Mapping[str, Decimal]) -> Decimal | None:
        """Return the mark at which a position is liquidated if no other mark moves; None for never."""
        terms = self.terms[holding.symbol]
        rate = terms.maintenance_rate + terms.taker_rate
        if holding.margin_mode is MarginMode.ISOLATED:
            backing, moving = holding.margin, [holding]
        else:
            moving = [held for held in self._crossed() if held.symbol == holding.symbol]
            others = [held for held in self._crossed() if held.symbol != holding.symbol]
            backing = self.cash + sum(
                (
                    held.unrealized(marks[held.symbol]) - self.maintenance(held, marks[held.symbol])
                    for held in others
                ),
                ZERO,
            )
        # backing + sum(sign x (size x p - cost)) = sum(size x p x rate), solved for p
        backing -= sum((held.cost * held.side.sign for held in moving), ZERO)
        slope = sum((held.size * held.side.sign - held.size * rate for held in moving), ZERO)
        if not slope:
            return None
        price = -backing / slope
        # A hedge whose net direction is the other one is not ended by its own loss.
        falls = slope > 0
        return price if price > 0 and falls == (holding.side is HoldSide.LONG) else None

    def endangered(self, marks: Mapping[str, Decimal]) -> list[Holding]:
        """Return the positions whose backing no longer covers what must be left.

        Isolated ones stand for themselves; crossed ones fall together.
        """
        doomed = []
        for held in self.holdings.values():
            if held.margin_mode is MarginMode.ISOLATED:
                mark = marks[held.symbol]
                if held.margin + held.unrealized(mark) <= self.maintenance(held, mark):
                    doomed.append(held)
        crossed = list(self._crossed())
        needed = sum((self.maintenance(held, marks[held.symbol]) for held in crossed), ZERO)
        if crossed and self.cross_equity(marks) <= needed:
            doomed.extend(crossed)
        return doomed

    # --- changing

    def fill(  # noqa: PLR0913  (a fill has these facts)
        self,
        symbol: str,
        *,
        is_buy: bool,
        price: Decimal,
        size: Decimal,
        fee: Decimal,
        now_ns: int,
        hold_side: HoldSide | None = None,
    ) -> FillEffect:
        """Book a fill.

        Args:
            symbol: What was traded.
            is_buy: The side in the book: buying adds to a long and takes off a short.
            price: Of the fill.
            size: Of the fill.
            fee: What it cost.
            now_ns: When.
            hold_side: In hedge mode, which of the two positions it is for; None in one-way mode, where the
                opposite position is closed first and the rest opens a new one.

        Raises:
            SimError: More would be closed in hedge mode than is held, or the mode does not fit.
        """
        if (hold_side is None) != (self.hold_mode is HoldMode.ONE_WAY):
            raise SimError(f"a fill for {hold_side} does not fit {self.hold_mode}")
        adds_to = HoldSide.LONG if is_buy else HoldSide.SHORT
        closable = ZERO if hold_side is adds_to else self.size(symbol, adds_to.opposite)
        closed = min(size, closable)
        opened = size - closed
        if hold_side is not None and hold_side is not adds_to and opened:
            raise SimError(f"{size} of {symbol} cannot be closed, {closable} are held")
        self.cash -= fee
        realized = ZERO
        ended = None
        if closed:
            part = fee if not opened else (fee * closed / size).quantize(MONEY, ROUND_HALF_EVEN)
            realized, ended = self._close((symbol, adds_to.opposite), price, closed, fee=part, now_ns=now_ns)
            fee -= part
        if opened:
            self._open((symbol, adds_to), price, opened, fee=fee, now_ns=now_ns)
        return FillEffect(opened, closed, realized, ended)

    def settle_funding(
        self, symbol: str, rate: Decimal, mark: Decimal, now_ns: int
    ) -> list[tuple[Holding, Decimal]]:
        """Exchange the funding of one symbol and return what each position received (negative is paid).

        With a positive rate longs pay shorts (size x mark x rate). Isolated positions pay from their margin.
        """
        settled = []
        for held in self.holdings.values():
            if held.symbol != symbol:
                continue
            amount = -(held.size * mark * rate * held.side.sign).quantize(MONEY)
            held.funding += amount
            held.updated_ns = now_ns
            if held.margin_mode is MarginMode.ISOLATED:
                held.margin += amount
            else:
                self.cash += amount
            settled.append((held, amount))
        return settled

    def liquidate(self, holding: Holding, mark: Decimal, now_ns: int) -> FillEffect:
        """Have the venue take a position over at `mark`, with the taker's fee.

        What is left of an isolated margin goes to the insurance fund, and the fund pays what is missing. Once
        the last crossed position is taken over it pays what the account owes.
        """
        fee = holding.size * mark * self.terms[holding.symbol].taker_rate
        isolated = holding.margin_mode is MarginMode.ISOLATED
        before = self.cash
        size = holding.size
        self.cash -= fee
        realized, ended = self._close((holding.symbol, holding.side), mark, size, fee=fee, now_ns=now_ns)
        if isolated:
            # The margin came back into the cash, with the loss; the account keeps neither.
            self._insure(before - self.cash)
        elif self.cash < 0 and not any(True for _ in self._crossed()):
            self._insure(-self.cash)
        return FillEffect(ZERO, size, realized, ended)

    def set_leverage(
        self, symbol: str, leverage: int, sides: Iterable[HoldSide], marks: Mapping[str, Decimal]
    ) -> bool:
        """Choose the leverage of a symbol; return False, with nothing changed, when money is missing.

        The margin of an isolated position follows; for crossed ones both directions change together.
        """
        setting = self.setting(symbol)
        before = (setting.cross_leverage, setting.long_leverage, setting.short_leverage)
        moved: list[tuple[Holding, Decimal]] = []
        if setting.margin_mode is MarginMode.CROSSED:
            setting.cross_leverage = leverage
        else:
            for side in sides:
                if side is HoldSide.LONG:
                    setting.long_leverage = leverage
                else:
                    setting.short_leverage = leverage
                held = self.holdings.get((symbol, side))
                if held is not None:
                    moved.append((held, share_up(held.cost, leverage) - held.margin))
        for held, amount in moved:
            held.margin += amount
            self.cash -= amount
        bound = sum((self.initial_margin(held) for held in self._crossed()), ZERO)
        if self.cross_equity(marks) >= bound:
            return True
        for held, amount in moved:
            held.margin -= amount
            self.cash += amount
        setting.cross_leverage, setting.long_leverage, setting.short_leverage = before
        return False

    # --- inside

    def _crossed(self) -> Iterator[Holding]:
        return (held for held in self.holdings.values() if held.margin_mode is MarginMode.CROSSED)

    def _insure(self, amount: Decimal) -> None:
        self.cash += amount
        self.insurance += amount

    def _open(
        self, key: tuple[str, HoldSide], price: Decimal, size: Decimal, *, fee: Decimal, now_ns: int
    ) -> None:
        symbol, side = key
        held = self.holdings.get(key)
        if held is None:
            held = self.holdings[key] = Holding(symbol, side, self.setting(symbol).margin_mode, now_ns)
        value = price * size
        held.size += size
        held.cost += value
        held.opened_size += size
        held.opened_value += value
        held.fees += fee
        held.updated_ns = now_ns
        if held.margin_mode is MarginMode.ISOLATED:
            margin = share_up(value, self.leverage(held))
            held.margin += margin
            self.cash -= margin

    def _close(
        self, key: tuple[str, HoldSide], price: Decimal, size: Decimal, *, fee: Decimal, now_ns: int
    ) -> tuple[Decimal, Holding | None]:
        held = self.holdings[key]
        is_all = size == held.size
        cost = held.cost if is_all else (held.cost * size / held.size).quantize(MONEY, ROUND_HALF_EVEN)
        margin = held.margin if is_all else (held.margin * size / held.size).quantize(MONEY, ROUND_HALF_EVEN)
        realized = (price * size - cost) * held.side.sign
        held.size -= size
        held.cost -= cost
        held.margin -= margin
        held.realized += realized
        held.fees += fee
        held.closed_size += size
        held.closed_value += price * size
        held.updated_ns = now_ns
        self.cash += realized + margin
        if held.size:
            return realized, None
        del self.holdings[key]
        return realized, held

    def _check(self) -> None:
        """Assert what must be true between two calls."""
        for (symbol, side), held in self.holdings.items():
            assert (held.symbol, held.side) == (symbol, side)
            assert held.size > 0
            assert held.margin_mode is MarginMode.ISOLATED or held.margin == 0
            assert held.opened_size - held.closed_size == held.size
            if self.hold_mode is HoldMode.ONE_WAY:
                assert (symbol, side.opposite) not in self.holdings, "long and short at once"
