"""Balances and positions of the coin exchange as Bitget v2 shows them, over REST and WebSocket."""

from decimal import Decimal
from typing import Any

from omega_tui.domain.instrument import ZERO
from omega_tui.sim.bitget_views import Row, ms
from omega_tui.sim.coin_traders import Trader
from omega_tui.sim.coin_venue import CoinVenue
from omega_tui.sim.coins import plain
from omega_tui.sim.holding import MONEY, Holding, HoldSide, MarginMode

COIN = "USDT"
"""The margin coin."""


class AccountViews:
    """Shows what traders own, at the marks of the moment."""

    def __init__(self, venue: CoinVenue) -> None:
        self._venue = venue

    # --- spot

    def assets(self, trader: Trader, coin: str = "") -> list[Row]:
        """Return the coins of the spot wallet."""
        return [
            {
                "coin": name,
                "available": _money(trader.wallet.available(name)),
                "limitAvailable": "0",
                "frozen": _money(trader.wallet.held(name)),
                "locked": "0",
                "uTime": ms(self._venue.now_ns),
            }
            for name in trader.wallet.coins()
            if coin in {"", "default", name}
        ]

    # --- futures

    def account(self, trader: Trader) -> Row:
        """Return the futures account, as REST lists it."""
        perpetual, marks = trader.perpetual, self._venue.marks
        reserved = trader.reserved()
        available = perpetual.available(marks, reserved)
        equity = perpetual.equity(marks)
        by_mode = {
            mode: sum(
                (
                    held.unrealized(marks[held.symbol])
                    for held in perpetual.holdings.values()
                    if held.margin_mode is mode
                ),
                ZERO,
            )
            for mode in MarginMode
        }
        return {
            "marginCoin": COIN,
            "locked": _money(reserved),
            "available": _money(available),
            "crossedMaxAvailable": _money(available),
            "isolatedMaxAvailable": _money(perpetual.transferable(marks, reserved)),
            "maxTransferOut": _money(perpetual.transferable(marks, reserved)),
            "accountEquity": _money(equity),
            "usdtEquity": _money(equity),
            "btcEquity": _money(equity / marks["BTCUSDT"]) if "BTCUSDT" in marks else "0",
            "crossedRiskRate": plain(perpetual.risk_rate(marks)),
            "unrealizedPL": _money(sum(by_mode.values(), ZERO)),
            "coupon": "0",
            "crossedUnrealizedPL": _money(by_mode[MarginMode.CROSSED]),
            "isolatedUnrealizedPL": _money(by_mode[MarginMode.ISOLATED]),
            "assetMode": "single",
        }

    def account_of(self, trader: Trader, symbol: str) -> Row:
        """Return the futures account with what is chosen for one symbol."""
        setting = trader.perpetual.setting(symbol)
        return self.account(trader) | {
            "crossedMarginLeverage": setting.cross_leverage,
            "isolatedLongLever": setting.long_leverage,
            "isolatedShortLever": setting.short_leverage,
            "marginMode": str(setting.margin_mode),
            "posMode": str(trader.perpetual.hold_mode),
        }

    def pushed_account(self, trader: Trader) -> Row:
        """Return the futures account, as the WebSocket pushes it."""
        perpetual, marks = trader.perpetual, self._venue.marks
        reserved = trader.reserved()
        equity = _money(perpetual.equity(marks))
        return {
            "marginCoin": COIN,
            "frozen": _money(reserved),
            "available": _money(perpetual.available(marks, reserved)),
            "maxOpenPosAvailable": _money(perpetual.available(marks, reserved)),
            "maxTransferOut": _money(perpetual.transferable(marks, reserved)),
            "equity": equity,
            "usdtEquity": equity,
            "crossedRiskRate": plain(perpetual.risk_rate(marks)),
            "unrealizedPL": _money(
                sum((held.unrealized(marks[held.symbol]) for held in perpetual.holdings.values()), ZERO)
            ),
        }

    def positions(self, trader: Trader, symbol: str = "") -> list[Row]:
        """Return positions, as REST lists them."""
        return [
            self._common(trader, held)
            | {
                "symbol": held.symbol,
                "openDelegateSize": plain(self._opening(trader, held)),
                "locked": plain(self._closing(trader, held)),
                "markPrice": plain(self._venue.marks[held.symbol]),
                "marginRatio": plain(self._ratio(trader, held)),
                "breakEvenPrice": plain(self._break_even(held)),
                "totalFee": plain(held.funding),
                "deductedFee": plain(held.fees),
            }
            for held in trader.perpetual.holdings.values()
            if symbol in {"", held.symbol}
        ]

    def pushed_positions(self, trader: Trader, symbol: str = "default") -> list[Row]:
        """Return positions, as the WebSocket pushes them."""
        marks = self._venue.marks
        rows = []
        for held in trader.perpetual.holdings.values():
            if symbol not in {"default", held.symbol}:
                continue
            gained = held.unrealized(marks[held.symbol])
            margin = trader.perpetual.initial_margin(held)
            common: dict[str, Any] = self._common(trader, held)
            rows.append(
                common
                | {
                    "posId": f"{held.opened_ns // 1_000}",
                    "instId": held.symbol,
                    "frozen": plain(self._closing(trader, held)),
                    "leverage": trader.perpetual.leverage(held),
                    "unrealizedPLR": plain((gained / margin).quantize(MONEY)) if margin else "0",
                    "marginRate": plain(self._ratio(trader, held)),
                    "markPrice": plain(marks[held.symbol]),
                    "autoMargin": "off",
                }
            )
        return rows

    def ended(self, held: Holding) -> Row:
        """Return a position that is flat again, for the history."""
        opened = held.opened_value / held.opened_size
        closed = held.closed_value / held.closed_size if held.closed_size else ZERO
        return {
            "symbol": held.symbol,
            "marginCoin": COIN,
            "holdSide": str(held.side),
            "openAvgPrice": plain(opened.quantize(MONEY)),
            "closeAvgPrice": plain(closed.quantize(MONEY)),
            "marginMode": str(held.margin_mode),
            "openTotalPos": plain(held.opened_size),
            "closeTotalPos": plain(held.closed_size),
            "pnl": _money(held.realized),
            "netProfit": _money(held.realized - held.fees + held.funding),
            "totalFunding": plain(held.funding),
            "openFee": "0",
            "closeFee": plain(-held.fees),
            "utime": ms(held.updated_ns),
            "ctime": ms(held.opened_ns),
        }

    # --- inside

    def _common(self, trader: Trader, held: Holding) -> Row:
        perpetual, marks = trader.perpetual, self._venue.marks
        end = perpetual.liquidation_price(held, marks)
        closing = self._closing(trader, held)
        return {
            "marginCoin": COIN,
            "holdSide": str(held.side),
            "posMode": str(perpetual.hold_mode),
            "marginMode": str(held.margin_mode),
            "marginSize": _money(perpetual.initial_margin(held)),
            "total": plain(held.size),
            "available": plain(held.size - closing),
            "leverage": str(perpetual.leverage(held)),
            "achievedProfits": _money(held.realized),
            "openPriceAvg": plain(held.entry_price),
            "unrealizedPL": _money(held.unrealized(marks[held.symbol])),
            "liquidationPrice": "0" if end is None else plain(end.quantize(MONEY)),
            "keepMarginRate": plain(perpetual.terms[held.symbol].maintenance_rate),
            "cTime": ms(held.opened_ns),
            "uTime": ms(held.updated_ns),
        }

    def _closing(self, trader: Trader, held: Holding) -> Decimal:
        closers = trader.closers(held.symbol, is_bid=held.side is HoldSide.SHORT)
        return sum((order.remaining for order in closers), ZERO)

    def _opening(self, trader: Trader, held: Holding) -> Decimal:
        return sum(
            (
                order.remaining
                for order in trader.orders.values()
                if order.key.is_perpetual
                and order.key.symbol == held.symbol
                and not order.ticket.only_closes
                and order.ticket.is_bid == (held.side is HoldSide.LONG)
            ),
            ZERO,
        )

    def _ratio(self, trader: Trader, held: Holding) -> Decimal:
        perpetual, marks = trader.perpetual, self._venue.marks
        if held.margin_mode is MarginMode.CROSSED:
            return perpetual.risk_rate(marks)
        mark = marks[held.symbol]
        backing = held.margin + held.unrealized(mark)
        if backing <= 0:
            return Decimal(1)
        return (perpetual.maintenance(held, mark) / backing).quantize(MONEY)

    def _break_even(self, held: Holding) -> Decimal:
        paid = (held.fees - held.realized - held.funding) * held.side.sign
        return (held.entry_price + paid / held.size).quantize(MONEY)


def _money(amount: Decimal) -> str:
    return plain(amount.quantize(MONEY))
