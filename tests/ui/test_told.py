"""No order key comes to nothing without a word, and the words stay for as long as they can be read."""

from decimal import Decimal

import pytest
from cockpit import console
from fake_backend import NOON, NS, FakeBackend, armed, every_order, orders

from omega_tui.clock import ManualClock
from omega_tui.domain.commands import Disarm, PlaceOrder
from omega_tui.domain.events.status import MetricsSampled
from omega_tui.domain.integrity import DataState
from omega_tui.domain.orders import OrderType


def placed(cockpit):
    return [command for command in cockpit.backend.commands if isinstance(command, PlaceOrder)]


async def stall(cockpit, seconds):
    """Let the screen stand still, then draw one frame."""
    cockpit.backend.clock.advance(seconds)
    await cockpit.frame()


class CreepingClock(ManualClock):
    """Time goes on with every look at it: a picture waits for an order on its way, but not for ever."""

    def mono_ns(self):
        self.advance_ns(NS // 1_000)
        return super().mono_ns()


def creeping():
    backend = FakeBackend()
    backend.clock = CreepingClock(NOON)
    return backend


async def sampled(cockpit, times=2):
    """Let the engine tell how it is, as it does once a second."""
    for _ in range(times):
        cockpit.backend.publish(MetricsSampled("streaming", ()))
        await cockpit.frame()


async def test_a_verb_that_a_stall_drops_is_told_though_no_key_follows():
    async with console(armed) as cockpit:
        await cockpit.keys("b")
        await stall(cockpit, 1.5)
        assert cockpit.strip == "BUY dropped: the screen stood still; look, then press again"
        await cockpit.keys("j")
        assert cockpit.strip == "j dropped: BUY was dropped, the screen stood still"
        assert placed(cockpit) == []


async def test_time_in_which_the_screen_stands_still_shortens_no_word():
    async with console(armed) as cockpit:
        await cockpit.keys("b")
        await cockpit.keys("b")
        said = cockpit.strip
        assert said.startswith("b dropped: BUY takes c cursor, j join")
        await stall(cockpit, 1.9)
        await cockpit.frame(1.5)
        assert cockpit.strip == said
        await cockpit.frame(0.5)
        assert cockpit.strip != said


async def test_words_wait_for_a_terminal_that_takes_nothing():
    async with console(armed) as cockpit:
        await cockpit.keys("b", "b")
        said = cockpit.strip
        cockpit.app._driver.unwritten = 1
        await cockpit.frame(5.0)
        cockpit.app._driver.unwritten = 0
        await cockpit.frame()
        assert cockpit.strip == said
        await cockpit.frame(2.0)
        assert cockpit.strip != said


async def test_a_verb_that_the_end_of_the_arming_drops_takes_its_object_along():
    async with console(armed) as cockpit:
        await cockpit.keys("b")
        cockpit.backend.answers = False
        cockpit.app._disarm("the terminal window lost the focus")
        await cockpit.keys("x")
        assert "x dropped: BUY was dropped" in cockpit.strip
        assert "lost the focus" in cockpit.strip
        assert not cockpit.app.session.entry.is_pending, "by itself it would begin a cancel"


async def test_leaving_without_an_engine_names_what_can_cancel_then():
    async with console(lambda backend: orders(backend, *every_order())) as cockpit:
        await sampled(cockpit)
        cockpit.app.run_line("q")
        await cockpit.frame()
        assert "stay at the venue: quit again within 5 s to leave so, xa cancels" in cockpit.strip
        await cockpit.frame(5.5)
        cockpit.app.run_line("q")
        await cockpit.frame()
        assert "the engine is not there to cancel, `omega-tui cancel --all` does" in cockpit.strip


async def test_a_screen_that_is_late_makes_its_data_late():
    async with console(armed) as cockpit:
        await cockpit.fresh()
        cockpit.backend.clock.advance(1.3)
        await cockpit.fresh()
        assert cockpit.app.session.status(cockpit.backend.clock.now_ns()).state is DataState.LAG
        assert "book LAG 300ms" in cockpit.header
        await cockpit.keys("b", "x")
        assert "LAG" in "".join(cockpit.lines("#strip"))
        await cockpit.frame(1.1)
        await cockpit.fresh()
        assert cockpit.app.session.status(cockpit.backend.clock.now_ns()).state is DataState.LIVE


async def test_an_engine_that_stands_still_is_told_and_nothing_is_traded_on_what_it_said():
    async with console(armed, backend=creeping()) as cockpit:
        await sampled(cockpit)
        await cockpit.fresh()
        cockpit.backend.stands_still = True
        await cockpit.keys("b", "j")
        assert len(placed(cockpit)) == 1
        sent = cockpit.strip
        await cockpit.frame(1.4)
        no_answer = " ".join(cockpit.lines("#strip"))
        assert "no answer from the engine for 1 s" in no_answer
        assert sent in no_answer
        await cockpit.frame(2.0)
        assert "book DOWN" in cockpit.header
        assert "acct DOWN" in cockpit.header
        await cockpit.keys("b")
        assert "BUY refused: the book is DOWN: the engine is silent for" in cockpit.strip
        assert any(isinstance(command, Disarm) for command in cockpit.backend.commands)
        await cockpit.fresh()
        await cockpit.frame()
        assert "LIVE" in cockpit.header


async def test_an_engine_that_is_heard_may_take_its_time_for_an_answer():
    """What the venue has not answered the order on the ladder tells."""
    async with console(armed, backend=creeping()) as cockpit:
        await sampled(cockpit)
        await cockpit.fresh()
        cockpit.backend.stands_still = True
        await cockpit.keys("b", "j")
        for _ in range(5):
            await cockpit.frame(0.9)
            await cockpit.fresh()
            assert "no answer" not in " ".join(cockpit.lines("#strip"))


async def test_a_modifier_that_a_terminal_reports_as_a_key_is_no_object():
    async with console(armed) as cockpit:
        await cockpit.keys("end", "k", "k", "k", "b", "left_shift", "T")
        assert [(one.request.order_type, one.request.trigger_price) for one in placed(cockpit)] == [
            (OrderType.LIMIT, Decimal("0.48"))
        ]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("B", "B means nothing here; b is: BUY (Caps Lock?)"),
        ("ö", "ö means nothing here; ? lists the keys"),
        ("ctrl+left", "ctrl+←, which is what Esc and then a letter arrive as, means nothing here"),
        ("infinity", "∞, which is what Esc and then 5 arrive as, means nothing here"),
        ("alt+o", "alt+o, which is what Esc and then o arrive as, means nothing here"),
        ("\ue053", "KP5 means nothing here; ? lists the keys"),
    ],
)
async def test_a_key_that_is_bound_to_nothing_says_so(key, said):
    async with console(armed) as cockpit:
        await cockpit.keys(key)
        assert cockpit.strip == said
