"""Leverage and margin mode of an account at an exchange of the library."""

from decimal import Decimal

from omega_tui.protocol.ccxt.instruments import symbol_of
from omega_tui.protocol.ccxt.values import number_for_ccxt
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_modes import LEVERAGE, MARGIN_MODE, check_setting, check_together
from omega_tui.venues.rate_gate import Priority


class CcxtControls:
    """`LeverageControls` over a broker; what was not seen leaving as what it should be is refused."""

    def __init__(self, broker: CcxtBroker) -> None:
        self._broker = broker

    async def set_leverage(self, leverage: Decimal, instrument: str, *, margin_mode: str = "") -> None:
        """Set the leverage of an instrument, and its margin mode where both go in one.

        Raises:
            VenueError: The venue refused, has none, or did not answer.
        """
        symbol, factor = symbol_of(instrument), whole_or_float(leverage)
        params = {}
        if check_together(self._broker.exchange_id, leverage, margin_mode):
            params = {"marginMode": margin_mode}
        else:
            check_setting(LEVERAGE, self._broker.exchange_id, "leverage")
        await self._broker.call(
            "the leverage",
            lambda exchange: exchange.set_leverage(factor, symbol, params),
            priority=Priority.ORDER,
        )
        self._broker.forget_modes(instrument)

    async def set_margin_mode(self, mode: str, instrument: str, *, leverage: Decimal | None = None) -> None:
        """Set `cross` or `isolated` margin of an instrument, and its leverage where both go in one.

        Raises:
            VenueError: As `set_leverage`.
        """
        if check_together(self._broker.exchange_id, leverage, mode) and leverage is not None:
            await self.set_leverage(leverage, instrument, margin_mode=mode)
            return
        check_setting(MARGIN_MODE, self._broker.exchange_id, "margin mode")
        symbol = symbol_of(instrument)
        await self._broker.call(
            "the margin mode",
            lambda exchange: exchange.set_margin_mode(mode, symbol),
            priority=Priority.ORDER,
        )
        self._broker.forget_modes(instrument)


def whole_or_float(number: Decimal) -> float:
    """Return a number as the library wants it: whole where it is, since some venues take nothing else."""
    return int(number) if number == number.to_integral_value() else number_for_ccxt(number)
