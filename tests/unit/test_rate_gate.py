"""The request budget: who waits, who does not, and what is shown of it."""

import asyncio

import pytest

from omega_tui.clock import SystemClock
from omega_tui.errors import VenueUnreachable
from omega_tui.venues.rate_gate import Priority, RateBudget, RateGate, RateLine, RateLines, passing

SECOND = 1_000_000_000


def test_whoever_finds_something_in_the_budget_may_pass_whatever_it_costs():
    budget = RateBudget(10.0, now_ns=0)
    assert budget.wait_s(0) == 0
    budget.spend(5, 0)
    assert budget.wait_s(0) == 0.5
    assert budget.wait_s(SECOND // 2) == 0
    budget.spend(1, 100 * SECOND)
    assert budget.wait_s(100 * SECOND) == 0, "it was full, and no fuller than its capacity"
    budget.spend(1, 100 * SECOND)
    assert budget.wait_s(100 * SECOND) == 0.1


def test_the_use_that_is_shown_is_of_the_last_seconds():
    budget = RateBudget(2.0, now_ns=0)
    assert budget.used(0) == 0
    for second in range(12):
        budget.spend(1, second * SECOND)
    assert budget.used(11 * SECOND) == 0.5
    budget.spend(20, 11 * SECOND)
    assert budget.used(11 * SECOND) == 1.5, "overdrawn"
    assert budget.used(60 * SECOND) == 0


def line_of(clock, **more):
    return RateLine(RateBudget(200.0, now_ns=clock.mono_ns()), clock, **more)


@pytest.fixture
def gate():
    clock = SystemClock()
    return RateGate("bitget", line_of(clock))


async def test_cancels_pass_at_once_and_orders_before_questions(gate):
    passed = []

    async def one(name, priority):
        with passing(priority):
            await gate.enter(1.0)
        passed.append(name)

    gate._line.budget.spend(10, SystemClock().mono_ns())
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(one(f"question {number}", Priority.QUESTION))
        group.create_task(one("order", Priority.ORDER))
        for number in range(3):
            group.create_task(one(f"cancel {number}", Priority.CANCEL))
        await asyncio.sleep(0)
        assert gate.waiting == 4
    assert passed == [*(f"cancel {n}" for n in range(3)), "order", *(f"question {n}" for n in range(3))]
    assert gate.waiting == 0
    assert gate.used > 0


async def test_who_gives_up_costs_nothing_and_holds_nobody_up(gate):
    gate._line.budget.spend(4, SystemClock().mono_ns())
    with passing(Priority.ORDER, patience_s=0.001), pytest.raises(VenueUnreachable, match=r"within 0\.001 s"):
        await gate.enter(1_000.0)
    async with asyncio.timeout(5):
        await gate.enter(1.0)


async def test_a_gate_that_closes_sends_everybody_away_with_a_word(gate):
    gate._line.budget.spend(1_000, SystemClock().mono_ns())
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_refusal(gate))
        await asyncio.sleep(0)
        gate.close()
    assert "was closed" in waiting.result()


async def _refusal(gate):
    with pytest.raises(VenueUnreachable) as caught:
        await gate.enter()
    return str(caught.value)


async def test_the_queue_is_bounded():
    clock = SystemClock()
    gate = RateGate("bitget", line_of(clock, most_waiting=1))
    gate._line.budget.spend(1_000, SystemClock().mono_ns())
    async with asyncio.TaskGroup() as group:
        first = group.create_task(_refusal(gate))
        await asyncio.sleep(0)
        assert "wait already" in await _refusal(gate)
        gate.close()
    assert first.done()


async def test_accounts_that_a_venue_counts_together_share_a_budget_and_close_alone():
    """It counts by address: the cancel of one costs the questions of the other."""
    clock, lines = SystemClock(), RateLines()
    spot, swap = (RateGate(name, lines.of(("bitget", ""), 200.0, clock)) for name in ("spot", "swap"))
    other = RateGate("okx", lines.of(("okx", ""), 200.0, clock))
    with passing(Priority.CANCEL):
        await spot.enter(1_000)
    assert spot.used == swap.used > 0
    assert other.used == 0
    async with asyncio.TaskGroup() as group:
        ours, theirs = (group.create_task(_refusal(gate)) for gate in (spot, swap))
        await asyncio.sleep(0)
        assert (spot.waiting, swap.waiting) == (1, 1)
        spot.close()
        assert "spot" in await ours
        assert (spot.waiting, swap.waiting) == (0, 1), "whoever closes sends nobody else away"
        swap.close()
        assert "swap" in await theirs


async def test_an_order_of_one_account_goes_before_the_questions_of_another():
    clock, passed = SystemClock(), []
    line = line_of(clock)
    spot, swap = RateGate("spot", line), RateGate("swap", line)

    async def one(gate, name, priority):
        with passing(priority):
            await gate.enter(1.0)
        passed.append(name)

    line.budget.spend(10, clock.mono_ns())
    async with asyncio.TaskGroup() as group:
        group.create_task(one(spot, "question", Priority.QUESTION))
        group.create_task(one(swap, "order", Priority.ORDER))
    assert passed == ["order", "question"]
