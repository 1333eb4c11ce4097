"""As `test_kill_nine`, for the orders that the ccxt library carries, at the embedded Bitget and Binance."""
# ruff: noqa: F811  A fixture is named as an argument.

import asyncio
from pathlib import Path

import pytest
from test_kill_nine import POINTS, Trader, kills, seed  # noqa: F401 - two fixtures
from tradingrig import ABSENT, LIVE_STATUSES

from omega_tui.domain.orders import OrderStatus
from omega_tui.sim.binance import EmbeddedBinance
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.sim.coin_records import OrderState
from omega_tui.sim.coins import CoinKind
from omega_tui.sim.embedded_venue import TRADER

INSTRUMENTS = {"spot": "here:BTC/USDT", "swap": "here:BTC/USDT:USDT"}
KINDS = {"spot": CoinKind.SPOT, "swap": CoinKind.PERPETUAL}
STATES = {
    OrderState.LIVE: LIVE_STATUSES,
    OrderState.PARTIALLY_FILLED: LIVE_STATUSES,
    OrderState.FILLED: {OrderStatus.FILLED},
    OrderState.CANCELED: {OrderStatus.CANCELED},
}


class LibraryTrader(Trader):
    """The same lives, with the library between them and the venue."""

    driver = Path(__file__).resolve().parents[1] / "drivers" / "trade_by_library_until_killed.py"
    longest_s = 0.6

    def __init__(self, venue, folder, seed, exchange, account_type):
        super().__init__(venue, folder, seed)
        self._exchange = exchange
        self._account_type = account_type

    def plan(self):
        keys = self.venue.credentials
        password = {"password": keys.passphrase.reveal()} if self._exchange == "bitget" else {}
        return password | {
            "url": self.venue.base_url,
            "exchange": self._exchange,
            "account_type": self._account_type,
            "instrument": INSTRUMENTS[self._account_type],
            "apiKey": keys.api_key,
            "secret": keys.secret.reveal(),
            "folder": str(self.folder),
        }

    def truth(self):
        return {
            order.order_id: (
                STATES[order.state]
                | (ABSENT if order.state is OrderState.CANCELED and not order.filled else set()),
                order.filled,
            )
            for order in self.venue.history().orders
            if order.account == TRADER and order.key.kind is KINDS[self._account_type]
        }


async def lives(venue, folder, seed, account, crashes):
    """Have one life after the other killed; the last one only looks."""
    told = f"{account}, OMEGA_TEST_SEED={seed}"
    async with LibraryTrader(venue, folder / "-".join(account), seed, *account) as trader:
        for number, crash_at in enumerate(crashes):
            wrong = await trader.live(crash_at)
            assert not wrong, f"{wrong} after {number} kills, {told}"
        wrong = await trader.live(trade=False)
        assert not wrong, f"{wrong}, {told}"


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_killed_between_key_and_answer(tmp_path, kills, seed):
    """At every crash point with many kills, else at two of them; and at random moments."""
    at_random = [""] * (kills // 25 - 1)
    points = [f"{point}:2" for point in POINTS] if at_random else []
    async with EmbeddedBitget(seed=3, rate=1) as bitget, EmbeddedBinance(seed=3, rate=1) as binance:
        async with asyncio.TaskGroup() as group:
            for venue, *account, point in (
                (bitget, "bitget", "spot", "answered:2"),
                (bitget, "bitget", "swap", "submitted:2"),
                (binance, "binance", "spot", "answered:2"),
            ):
                group.create_task(lives(venue, tmp_path, seed, account, [point, *points, *at_random]))
        for venue in (bitget, binance):
            assert len(venue.history().orders) > len(at_random) // 2
