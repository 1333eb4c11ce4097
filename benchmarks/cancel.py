"""How long a cancel waits while two hundred questions are queued: ours, and plain ccxt beside it.

Run `python -m benchmarks.cancel`. Both talk to the same server on loopback, with the library's own rate limit
of bitget. Printed is the time from the call until the venue has the cancel.
"""

import asyncio
import importlib
import statistics
import tempfile
from pathlib import Path

from omega_tui.clock import SystemClock
from omega_tui.secret import Secret
from omega_tui.sim.bitget import EmbeddedBitget
from omega_tui.venues.ccxt_broker import CcxtBroker
from omega_tui.venues.ccxt_loader import ExchangeAccount, make_exchange
from omega_tui.venues.ccxt_session import CcxtSession

QUESTIONS = 200
ROUNDS = 5
SYMBOL = "BTC/USDT"


async def main() -> None:
    """Measure and print."""
    async with EmbeddedBitget(seed=7, rate=5) as venue:
        who = venue.credentials
        account = ExchangeAccount(
            "bitget",
            "bitget",
            credentials={"apiKey": Secret(who.api_key), "secret": who.secret, "password": who.passphrase},
            loopback=venue.base_url,
        )
        ours = [await _ours(account) for _ in range(ROUNDS)]
        plain = [await _plain(account) for _ in range(2)]
    print(
        f"cancel behind {QUESTIONS} questions: median {statistics.median(ours):.1f} ms, worst {max(ours):.1f}"
    )
    print(
        f"plain ccxt, one instance: {min(plain):.0f} ms ({min(plain) / statistics.median(ours):.0f} x ours)"
    )


async def _ours(account: ExchangeAccount) -> float:
    with tempfile.TemporaryDirectory() as folder:
        session = CcxtSession(account, clock=SystemClock(), cache=Path(folder), progress=lambda _text: None)
        await session.open()
        broker = CcxtBroker(session, is_live=False)
        try:
            return await _behind_questions(
                session.data.fetch_order_book, session.trade, lambda order_id: broker.cancel([order_id])
            )
        finally:
            await session.close()


async def _plain(account: ExchangeAccount) -> float:
    exchange = make_exchange(importlib.import_module("ccxt.pro"), account)
    await exchange.load_markets()
    try:
        return await _behind_questions(
            exchange.fetch_order_book, exchange, lambda order_id: exchange.cancel_order(order_id, SYMBOL)
        )
    finally:
        await exchange.close()


async def _behind_questions(ask, trader, cancel) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001
    book = await ask(SYMBOL)
    price = round(book["bids"][0][0] * 0.98)
    order = await trader.create_order(SYMBOL, "limit", "buy", 0.01, price)
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(ask(SYMBOL)) for _ in range(QUESTIONS)]
        await asyncio.sleep(0.1)
        began_s = loop.time()
        await cancel(order["id"])
        took_ms = (loop.time() - began_s) * 1_000
        for task in asking:
            task.cancel()
    return took_ms


if __name__ == "__main__":
    asyncio.run(main())
