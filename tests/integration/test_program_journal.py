"""A crash at any moment of a program's life: every beginning of its journal is something to start from.

The journal is written entry by entry, so what a kill -9 leaves is one of its beginnings. From each of them
the programs are found held with exactly the orders that were written down, and nothing is sent.
"""

import random

from test_programs import LIVE, here, hold_some, legs, scale_of, start, told, way_out
from tradingrig import console

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.client_order_id import ClientOrderIds
from omega_tui.domain.commands import AmendOrder, CancelProgram
from omega_tui.domain.events.account import ProgramChanged
from omega_tui.domain.integrity import DataLimits
from omega_tui.domain.programs import Oco, ProgramStatus
from omega_tui.services.journal import Journal
from omega_tui.services.ledger import Ledger
from omega_tui.services.market_view import MarketView
from omega_tui.services.program_record import STARTED
from omega_tui.services.program_work import Engine
from omega_tui.services.programs import Programs
from omega_tui.sim.polymarket import EmbeddedExchange


async def live_through_it(folder):
    """A scale that is canceled, an OCO, and an order that is moved."""
    async with (
        EmbeddedExchange(seed=3, rate=200) as venue,
        console(venue, folder) as trading,
    ):
        await trading.arm()
        scale = await start(trading, scale_of(trading))
        await trading.watch.until(lambda: len([o for o in legs(trading, scale) if o.status in LIVE]) == 3)
        await hold_some(trading)
        take, stop = way_out(trading, 20, take=12, stop=12)
        oco = await start(trading, Oco(take=take, stop=stop, cap_ticks=5, **here(trading)))
        await trading.watch.until(lambda: any(one.status in LIVE for one in legs(trading, oco)))
        order = await trading.place(trading.resting(ticks=20))
        lower = order.request.price - trading.book().tick_size
        await trading.exchange.process(AmendOrder("sim", order.request.client_order_id, price=lower))
        await trading.watch.until(lambda: trading.order(order).is_done)
        await trading.exchange.process(CancelProgram("sim", scale))
        await trading.watch.until(lambda: told(trading)[scale].status is ProgramStatus.CANCELED)


async def test_every_beginning_of_the_journal_is_something_to_start_from(tmp_path):
    await live_through_it(tmp_path / "journal")
    journal = Journal(tmp_path / "journal", SystemClock())
    entries = await journal.open()
    await journal.close()
    assert sum(entry.kind == STARTED for entry in entries) == 3
    seen = set()
    for length in range(len(entries) + 1):
        found, sent, ledger = restored(entries[:length])
        assert sent == [], length
        for program in found.values():
            seen.add((program.kind, program.status))
            assert program.status in {ProgramStatus.HELD, ProgramStatus.CANCELING}
            mine = [name for name, one in ledger.orders.items() if one.request.program == program.id]
            assert list(program.orders) == mine
    assert {kind for kind, _ in seen} == {"scale", "oco", "amend"}
    assert ("scale", ProgramStatus.CANCELING) in seen, "a cancel that was begun goes on"


def ignore(*_):
    """Nothing is asked of the rest of the service here."""


def restored(entries):
    """What a start makes of a journal: programs as published, orders that were sent, the ledger."""
    bus, clock = LocalBus(), SystemClock()
    sent = []
    reports = bus.subscribe(ProgramChanged)
    kept = []
    ledger = Ledger("sim", bus, clock, kept.append, ignore)
    ledger.restore(entries)

    async def send(request):
        sent.append(request)

    def begin(work, *_):
        work.close()

    programs = Programs(
        engine=Engine(
            send=send,
            edit=send,
            edits=lambda _: False,
            cancel=ignore,
            settle=None,
            view=None,
            follows_stop=ignore,
            tell=ignore,
            start=begin,
        ),
        bus=bus,
        clock=clock,
        journal=None,
        ledger=ledger,
        market=MarketView("sim", bus, clock, DataLimits()),
        limits=RiskConfig,
        ids=ClientOrderIds(random.Random(1).getrandbits(16)),
    )
    programs.restore(entries)
    return {event.program.id: event.program for event in reports.drain()}, sent, ledger
