"""A look through everything waits for a pause, but not for ever."""

import gc

import pytest

from omega_tui.runtime.garbage import EVERY_S, MOST_PAUSES, QUIET_S, SETTLED_S, LongLooks


class Loop:
    """Calls later what it is told to, as soon as the test turns it."""

    def __init__(self):
        self.waiting = []
        self.seconds = 0.0

    def call_later(self, seconds, call, *arguments):
        self.waiting.append((seconds, call, arguments))

    def turn(self):
        [(seconds, call, arguments)] = self.waiting
        self.waiting.clear()
        self.seconds += seconds
        call(*arguments)


@pytest.fixture
def collector():
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


@pytest.mark.usefixtures("collector")
def test_it_looks_once_a_minute_while_nobody_acts():
    loop, looks = Loop(), []
    LongLooks(lambda: 7, loop.call_later, lambda: looks.append(loop.seconds)).start()
    while len(looks) < 3:
        loop.turn()
    first = SETTLED_S + EVERY_S + QUIET_S
    assert looks == [first, first + EVERY_S + QUIET_S, first + 2 * (EVERY_S + QUIET_S)]


@pytest.mark.usefixtures("collector")
def test_it_waits_for_a_pause_but_not_for_ever():
    loop, looks, acts = Loop(), [], iter(range(10_000))
    LongLooks(lambda: next(acts), loop.call_later, lambda: looks.append(loop.seconds)).start()
    while not looks:
        loop.turn()
    assert looks == [SETTLED_S + EVERY_S + (MOST_PAUSES + 1) * QUIET_S]


@pytest.mark.usefixtures("collector")
def test_the_interpreter_never_does_it_by_itself():
    loop = Loop()
    LongLooks(lambda: 0, loop.call_later).start()
    assert gc.get_threshold()[2] > 10**8
    loop.turn()
    assert gc.get_threshold()[2] > 10**8
