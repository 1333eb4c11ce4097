"""kill -9 of the real console between key and answer: after the next start it holds what the venue holds.

The venue is a process of its own and slow on purpose, so that there is a wide window to be killed in.
`--console-kills N` sets how often.
"""

import json
import os
import random
import signal
from pathlib import Path

import apsw
import msgspec
import pytest
from tradingrig import disagreements

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.services.journal import Entry
from omega_tui.services.ledger import Ledger
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.records import OrderRecord
from tests.command import Sim
from tests.driving import arm, press
from tests.terminal import Terminal

LIMITS = ["--set", "risk.max_open_orders_instrument=100", "--set", "risk.max_open_orders_account=500"]
QUICK = ["--set", "risk.quarantine_s=10"]
SETTLED_S = 45
"""An order that never arrived is known to be absent after the quarantine, and not before."""

LONGEST_S = 0.8
SENDING_S = 0.06
"""The console is killed at most this long after the key: while it sends, or waits for what comes of it."""

SLOWNESS = (
    Fault(FaultKind.SLOW, path="POST /order", seconds=0.1),
    Fault(FaultKind.SLOW, path="POST /order", seconds=0.6),
    Fault(FaultKind.TRICKLE, path="POST /order", seconds=0.01),
    Fault(FaultKind.FILL_BEFORE_ACK, path="POST /order", seconds=0.3),
    Fault(FaultKind.LATE_ACCEPT, path="POST /order", seconds=0.4),
    Fault(FaultKind.ACCEPT_THEN_RESET, path="POST /order"),
)
"""What the venue does with the order: taken at once and answered late or never, or taken late."""


SILENT = Fault(FaultKind.DELAY_USER, seconds=5)
"""The private stream does not tell what the answer does not tell."""


def orders_of(venue):
    """The account's orders as the venue has them."""
    told = json.loads(venue.admin("GET", "/history"))["orders"]
    records = msgspec.convert(told, dict[str, OrderRecord])
    mine = venue.told["credentials"]["address"]
    return {key: record for key, record in records.items() if record.account == mine}


def journaled(home):
    """The orders as the console has written them down, read beside it."""
    [path] = Path(home).rglob("journal.sqlite3")
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        rows = list(connection.execute("SELECT ts_ns, venue, subject, kind, body FROM entry ORDER BY seq"))
    finally:
        connection.close()
    entries = [
        Entry(ts_ns, venue, subject, kind, body.encode()) for ts_ns, venue, subject, kind, body in rows
    ]
    ledger = Ledger("sim", LocalBus(), SystemClock(), lambda _entry: None, lambda _order, _alarm: None)
    ledger.restore(entries)
    return ledger.orders


def wrong(home, venue):
    """In what the console's orders and the venue's differ; a doubled order is one that is unknown here."""
    ours, truth = journaled(home), orders_of(venue)
    strangers = [f"{name}: ours, and not recognised" for name, order in ours.items() if order.external]
    return disagreements(ours, truth) + strangers


def wait_until_equal(console, home, venue, told):
    try:
        console.wait_for(lambda _: not wrong(home, venue), timeout_s=SETTLED_S)
    except AssertionError:
        raise AssertionError(f"{told}: {wrong(home, venue)}; the screen:\n{console.text}") from None


def press_order(console, rng):
    """Press the two keys of an order, at the best bid or ten prices below it, and wait for nothing more."""
    what = rng.choice("jc")
    if what == "c":
        console.type("\x1b[F")
        console.type("J")
    press(console, "b", lambda text: "▸" in text.splitlines()[-2])
    console.type(what)


def kill_soon(console, rng):
    """Kill at a random moment: the answer may be here, under way, or the order not even sent.

    All of it at once, or the engine's process alone, which leaves a screen to be ended, or the screen's
    alone, which the engine follows in order.
    """
    console.read_for(rng.uniform(0, rng.choice((SENDING_S, LONGEST_S))))
    match rng.choice(("all", "engine", "screen")):
        case "engine":
            os.kill(console.engine_pid, signal.SIGKILL)
            console.wait_for("engine ended")
            console.kill(signal.SIGTERM)
        case "screen":
            engine = console.engine_pid
            console.process.kill()
            console.wait_exit()
            console.wait_gone(engine)
        case _:
            console.kill(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_console_is_killed_between_key_and_answer(tmp_path, request):
    kills = request.config.getoption("--console-kills")
    seed = int(os.environ.get("OMEGA_TEST_SEED", "") or random.SystemRandom().getrandbits(32))
    rng = random.Random(seed)
    told = f"OMEGA_TEST_SEED={seed}"
    with Sim(tmp_path, seed=3, rate=20) as venue:
        for life in range(kills + 1):
            with Terminal.omega("--sim", str(venue.announcement), *LIMITS, *QUICK, home=tmp_path) as console:
                arm(console)
                if life:
                    wait_until_equal(console, tmp_path, venue, f"after {life} kills, {told}")
                if life == kills:
                    break
                venue.inject(rng.choice(SLOWNESS))
                if rng.random() < 0.7:
                    venue.inject(SILENT)
                known = len(orders_of(venue))
                press_order(console, rng)
                kill_soon(console, rng)
                venue.heal()
                assert len(orders_of(venue)) in {known, known + 1}, told
        # On a busy machine many are killed before their key is read; some must have had an order.
        assert len(journaled(tmp_path)) > kills // 4, told
