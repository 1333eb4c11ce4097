"""The console as a trader uses it: keys in, commands out, events in, words on the screen."""

import asyncio
from copy import copy
from dataclasses import replace
from decimal import Decimal

import pytest
from cockpit import console
from fake_backend import (
    NOON,
    NS,
    FakeBackend,
    armed,
    book,
    book_event,
    connection,
    every_order,
    holding,
    in_state,
    order,
    orders,
    replaying,
)
from textual import events
from textual.command import CommandPalette
from textual.driver import Driver
from textual.events import Key

from omega_tui.config.model import OmegaConfig
from omega_tui.domain.commands import (
    AmendOrder,
    Arm,
    CancelOrders,
    Disarm,
    Kill,
    PlaceOrder,
    ReplayControl,
    ResyncBook,
    StartProgram,
    Unkill,
    WatchInstrument,
)
from omega_tui.domain.events.account import ArmChanged, OrderChanged, TradingMode
from omega_tui.domain.events.market import InstrumentUpdated
from omega_tui.domain.events.status import Alert, ServiceState, ServiceStateChanged, Severity
from omega_tui.domain.integrity import ConnectionState, DataState, IntegrityState, StreamName
from omega_tui.domain.orders import OrderStatus
from omega_tui.domain.side import Side
from omega_tui.errors import ConfigError, OrderRefused
from omega_tui.ui.app import make_app
from omega_tui.ui.console.crash import crash_report
from omega_tui.ui.console.engine import ACTIONS
from omega_tui.ui.screens.help import HelpScreen
from omega_tui.ui.screens.markets import MarketsScreen
from omega_tui.ui.screens.system import SystemScreen
from omega_tui.ui.screens.trading import TradingScreen
from omega_tui.ui.widgets.command_line import CommandLine
from omega_tui.ui.widgets.ladder import Ladder
from omega_tui.ui.widgets.orders import Orders
from omega_tui.ui.widgets.tape import Tape

D = Decimal


def ladder(cockpit):
    return cockpit.app.screen.query_one(Ladder)


def table(cockpit):
    found = cockpit.app.screen.query_one(Orders)
    return [[cell.text for cell in line[1:]] for line in found.lines[1:]]


# ---------------------------------------------------------------------------- life


async def test_the_engine_starts_once_after_the_first_paint_and_each_service_has_a_worker():
    async with console(opened=False) as cockpit:
        assert cockpit.backend.started == 1
        waiting = {worker.name for worker in cockpit.app.workers if worker.group == "services"}
        assert waiting == set(cockpit.backend.service_names)


async def test_leaving_does_not_cancel_a_service():
    async with console() as cockpit:
        future = cockpit.backend.served["streaming"]
    assert not future.cancelled()


async def test_a_service_that_fails_is_told_and_awaited_again_when_it_is_back():
    async with console() as cockpit:
        failed = cockpit.backend.served.pop("streaming")
        cockpit.backend.publish(ServiceStateChanged("streaming", ServiceState.FAILED, "address in use"))
        failed.set_exception(OSError("address in use"))
        await cockpit.frame()
        assert "service streaming failed: address in use" in "\n".join(cockpit.lines("#log"))
        cockpit.backend.publish(ServiceStateChanged("streaming", ServiceState.RUNNING))
        await cockpit.frame()
        assert "streaming" in cockpit.backend.served


async def test_keys_before_the_first_frame_place_nothing_and_break_nothing():
    backend = FakeBackend()
    app = make_app(backend, OmegaConfig(), clock=backend.clock)
    async with app.run_test() as pilot:
        for key in ("f9", "b", "j", "colon", "f8", "delete", "tab", "f7"):
            app.post_message(events.Key(key, None))
        await pilot.pause()
        await pilot.pause()
    assert [type(command) for command in backend.commands] == [Kill]


async def test_a_wrong_theme_is_an_error_of_the_configuration():
    with pytest.raises(ConfigError, match=r"ui\.theme.*no-such.*omega-dark"):
        async with console(theme="no-such"):
            pass


async def test_a_crash_tells_what_and_where_and_no_value():
    secret = "0x" + "ab" * 32

    def broken(key):
        assert key
        raise RuntimeError(f"cannot sign with {key} \x1b]0;owned\x07")

    try:
        broken(secret)
    except RuntimeError as error:
        report = crash_report(error, lambda text: text.replace(secret, "***"))
    assert secret not in report
    assert "\x1b" not in report
    assert "in broken" in report
    assert "RuntimeError: cannot sign with ***" in report
    assert "raise RuntimeError" not in report, "no source lines"


async def test_a_crash_of_the_screen_prints_no_local_variable():
    backend = FakeBackend()
    app = make_app(backend, OmegaConfig(), clock=backend.clock)

    def explode() -> None:
        private_key = "0x" + "cd" * 32
        raise RuntimeError(f"boom {len(private_key)}")

    async def run() -> None:
        async with app.run_test() as pilot:
            app.call_later(explode)
            await pilot.pause()
            await pilot.pause()

    with pytest.raises(RuntimeError, match="boom"):
        await run()
    printed = "".join(str(renderable) for renderable in app._exit_renderables)
    assert "cdcd" not in printed
    assert app.return_code == 1


# ---------------------------------------------------------------------------- trading by keyboard


async def test_arm_join_see_it_work_fill_cancel_flatten():
    """The story of a trade: every step is seen on the screen, and comes from an event."""
    async with console() as cockpit:
        backend = cockpit.backend
        await cockpit.keys("b")
        assert cockpit.strip == "BUY refused: disarmed; A then Enter arms"
        await cockpit.keys("A")
        assert cockpit.strip.startswith("ARM ▸ Enter lets orders through to sim")
        await cockpit.keys("enter")
        assert Arm("sim") in backend.commands
        assert "ARMED 15:00" in cockpit.header or "ARMED 14:59" in cockpit.header
        await cockpit.frame(0.5)
        await cockpit.fresh()
        await cockpit.keys("b")
        assert "c 0.45 │ j 0.45 │ i 0.46 │ x ≤0.50" in cockpit.strip
        painted = ladder(cockpit).painted
        await cockpit.keys("j")
        (request,) = backend.placed()
        assert (request.side, request.price, request.size) == (Side.BUY, D("0.45"), D(5))
        assert request.frame.price == D("0.45")
        assert request.frame == painted.to_stamp(D("0.45"))
        assert table(cockpit) == [], "nothing is shown before the engine says so"

        for status, word in ((OrderStatus.SUBMITTED, "sent"), (OrderStatus.ACCEPTED, "working")):
            orders(backend, order(1, status, 45, size=5, age_s=0))
            await cockpit.frame()
            assert [word in row[3] for row in table(cockpit)] == [True]
        orders(backend, order(1, OrderStatus.FILLED, 45, size=5, filled=5, age_s=0))
        holding(backend)
        await cockpit.frame()
        assert "POS +300 YES @0.441  uPnL +5.64  rPnL -4.20" in cockpit.header
        orders(backend, order(2, OrderStatus.ACCEPTED, 45, age_s=0))
        await cockpit.keys("delete")
        assert backend.commands[-1] == CancelOrders("sim", "1001", None, D("0.45"))
        await cockpit.keys("f")
        assert "FLATTEN SELL ≥0.42" in cockpit.strip
        await cockpit.keys("enter")
        closing = backend.commands[-1]
        assert isinstance(closing, StartProgram), "the own bid is in the way, and is canceled first"
        request = closing.spec.order
        assert (request.side, request.size, request.reduce_only) == (Side.SELL, D(300), True)


async def test_a_cross_asks_for_enter_in_the_strip():
    async with console(armed) as cockpit:
        await cockpit.fresh()
        await cockpit.keys("b", "x")
        assert cockpit.strip.startswith("BUY 5 YES @ 0.50 IOC ▸ Enter sends")
        assert cockpit.backend.placed() == []
        await cockpit.keys("enter")
        assert [request.price for request in cockpit.backend.placed()] == [D("0.50")]


async def test_a_refusal_of_the_engine_is_a_sentence_in_strip_and_log():
    async with console(armed) as cockpit:
        cockpit.backend.refusals[PlaceOrder] = OrderRefused(
            "TICK", "0.503 is not a multiple of [the] tick 0.01"
        )
        await cockpit.keys("b", "j")
        await cockpit.frame()
        assert cockpit.strip == "refused: 0.503 is not a multiple of [the] tick 0.01"
        assert "0.503 is not a multiple of [the] tick 0.01" in "".join(cockpit.lines("#log"))


async def test_orders_are_refused_while_the_market_moved_unpainted():
    async with console(armed) as cockpit:
        await cockpit.keys("b")
        cockpit.app.session.apply([book_event(book(bid=52, ask=54, sequence=9))], now_ns=NOON)
        cockpit.backend.clock.advance(0.3)
        await cockpit.pilot.press("j")
        await cockpit.pilot.pause()
        assert cockpit.backend.placed() == []


@pytest.mark.parametrize("screen", ["trade", "help", "markets", "system", "portfolio"])
async def test_f8_and_f9_work_on_every_screen_and_while_typing(screen):
    async with console(holding) as cockpit:
        cockpit.app.go(screen)
        await cockpit.frame()
        await cockpit.keys("f8")
        assert cockpit.backend.commands[-2:] == [CancelOrders("sim", "1001"), CancelOrders("sim", "1002")]
        await cockpit.keys("colon")
        await cockpit.type("he")
        await cockpit.pilot.press("f9")
        await cockpit.frame()
        assert cockpit.backend.commands[-1] == Kill("F9")
        assert "KILLED" in cockpit.header
        assert not cockpit.app.screen.is_typing, ":unkill begins a line of its own"


async def test_f9_works_behind_the_palette():
    async with console() as cockpit:
        await cockpit.pilot.press("ctrl+p")
        await cockpit.pilot.pause()
        assert isinstance(cockpit.app.screen, CommandPalette)
        await cockpit.pilot.press("f9")
        assert cockpit.backend.commands[-1] == Kill("F9")


async def test_unkill_leaves_the_venue_disarmed():
    async with console() as cockpit:
        await cockpit.keys("f9", "A")
        assert "killed" in cockpit.strip
        await cockpit.keys("colon")
        await cockpit.type("unkill")
        await cockpit.keys("enter")
        assert cockpit.backend.commands[-1] == Unkill()
        assert "DISARMED" in cockpit.header


async def test_a_paste_is_no_order():
    async with console(armed) as cockpit:
        cockpit.app.post_message(events.Paste("bj\rbj\r"))
        await cockpit.frame()
        keys = [events.Key(key, key) for key in "bjbjbjbjbj"]
        for key in keys:
            key.time = keys[0].time  # As the driver has it: they came in one read.
            cockpit.app.post_message(key)
        await cockpit.frame()
        assert cockpit.backend.placed() == []
        assert [command for command in cockpit.backend.commands if isinstance(command, Disarm)]


async def test_no_action_string_can_trade():
    async with console(armed) as cockpit:
        for action in ("place", "cancel", "kill", "send", "press('b')", "app.send(())", "dispatch"):
            assert not await cockpit.app.run_action(action)
        assert cockpit.backend.commands == []
        assert all(cockpit.app.check_action(name, ()) for name in ACTIONS)


# ---------------------------------------------------------------------------- disarming


async def test_blur_disarms_when_configured():
    for wanted in (True, False):
        async with console(armed, disarm_on_blur=wanted) as cockpit:
            cockpit.app.post_message(events.AppBlur())
            await cockpit.frame()
            disarms = [command for command in cockpit.backend.commands if isinstance(command, Disarm)]
            assert bool(disarms) is wanted


async def test_a_stop_by_the_shell_disarms_when_it_is_over():
    async with console(armed) as cockpit:
        cockpit.app.post_message(Driver.SignalResume())
        await cockpit.frame()
        (disarm,) = [command for command in cockpit.backend.commands if isinstance(command, Disarm)]
        assert disarm.reason == "the console was suspended"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda backend: in_state(backend, DataState.STALE), "STALE"),
        (lambda backend: in_state(backend, DataState.DOWN), "DOWN"),
        (
            lambda backend: backend.publish(connection(StreamName.ACCOUNT, state=ConnectionState.DOWN)),
            "private stream",
        ),
    ],
)
async def test_bad_data_disarms_once(change, word):
    async with console(armed) as cockpit:
        cockpit.backend.answers = False
        change(cockpit.backend)
        await cockpit.frame()
        await cockpit.frame(0.5)
        (disarm,) = [command for command in cockpit.backend.commands if isinstance(command, Disarm)]
        assert word in disarm.reason


async def test_a_screen_that_stood_still_disarms_and_discards_keys():
    async with console(armed) as cockpit:
        await cockpit.keys("b")
        cockpit.backend.clock.advance(2.5)
        await cockpit.frame()
        assert [command for command in cockpit.backend.commands if isinstance(command, Disarm)]
        await cockpit.pilot.press("j")
        assert cockpit.backend.placed() == []


async def test_a_terminal_too_small_disarms_and_panic_keys_still_work():
    async with console(armed, size="tiny") as cockpit:
        await cockpit.frame(0.3)
        assert [command for command in cockpit.backend.commands if isinstance(command, Disarm)]
        await cockpit.keys("b")
        assert "too small" in cockpit.strip
        await cockpit.keys("f8", "f9")
        assert Kill("F9") in cockpit.backend.commands


async def test_a_terminal_that_is_large_enough_again_is_not_called_too_small():
    async with console(armed) as cockpit:
        await cockpit.pilot.resize_terminal(40, 10)
        await cockpit.frame()
        assert "18 rows are needed" in cockpit.strip
        await cockpit.pilot.resize_terminal(80, 24)
        await cockpit.frame()
        assert "large enough to trade again" in cockpit.strip


# ---------------------------------------------------------------------------- looking around


async def test_the_cursor_is_a_price_and_no_book_moves_it():
    async with console() as cockpit:
        await cockpit.keys("j", "down", "k")
        assert ladder(cockpit).painted.cursor_price == D("0.44")
        before = ladder(cockpit).painted.prices
        cockpit.backend.publish(book_event(book(bid=62, ask=64, sequence=5)))
        await cockpit.frame()
        assert ladder(cockpit).painted.cursor_price == D("0.44")
        assert ladder(cockpit).painted.prices == before
        assert ladder(cockpit).painted.best_bid == D("0.62")


async def test_tab_flips_to_the_complement_and_orders_name_the_token_sent():
    async with console(armed) as cockpit:
        await cockpit.keys("tab")
        assert cockpit.app.session.instrument_id == "1002"
        assert ladder(cockpit).painted.cursor_price == D("0.55")
        await cockpit.frame(0.5)
        await cockpit.keys("b", "j")
        (request,) = cockpit.backend.placed()
        assert (request.instrument, request.price) == ("1002", D("0.53"))


async def test_the_search_switches_the_ladder_and_asks_for_the_book():
    async with console() as cockpit:
        await cockpit.keys("slash")
        await cockpit.type("launch no")
        await cockpit.frame()
        assert "Enter shows Will the launch happen" in cockpit.strip
        await cockpit.keys("enter")
        assert cockpit.app.session.instrument_id == "2002"
        assert WatchInstrument("2002", "sim") in cockpit.backend.commands
        assert "Will the launch" in cockpit.header


async def test_escape_leaves_the_search_as_it_was():
    async with console() as cockpit:
        await cockpit.keys("slash")
        await cockpit.type("rain")
        await cockpit.keys("escape")
        assert cockpit.app.session.instrument_id == "1001"
        assert not cockpit.app.screen.is_typing


@pytest.mark.parametrize("screen", ["s", "w"])
async def test_an_order_key_on_another_screen_says_where_it_works(screen):
    async with console() as cockpit:
        await cockpit.keys("g", screen)
        before = list(cockpit.backend.commands)
        for key, name in (("b", "b"), ("delete", "Del"), ("backspace", "Bksp"), ("A", "A")):
            await cockpit.keys(key)
            assert cockpit.strip == f"{name} works on the ladder: g l goes there"
        sent = cockpit.backend.commands[len(before) :]
        assert not any(isinstance(one, PlaceOrder | CancelOrders | Arm) for one in sent)


@pytest.mark.parametrize("target", ["trade", "markets", "system", "help", "learn", "alerts", "portfolio"])
async def test_no_action_ends_the_console_on_any_screen(target):
    """Delete on the list of the markets did."""
    stays = ("list.", "cursor.", "view.", "chart.", "pane.", "ladder.", "replay.")
    async with console() as cockpit:
        cockpit.app.go(target)
        await cockpit.frame()
        screen = cockpit.app.screen
        for bind in cockpit.app._binds.binds:
            if bind.id.startswith(stays) and bind.id not in {"list.choose", "list.leave"}:
                for key in bind.keys:
                    cockpit.app._press(Key(key, None), screen.contexts())
                    cockpit.app.act(bind.id)
                assert cockpit.app.screen is screen, bind.id
        await cockpit.frame()
        assert cockpit.app.is_running


async def test_go_keys_reach_every_screen_and_escape_comes_back():
    async with console() as cockpit:
        for keys, screen in (("g4", MarketsScreen), ("g6", SystemScreen), ("?", HelpScreen)):
            await cockpit.keys(*("question_mark" if key == "?" else key for key in keys))
            assert isinstance(cockpit.app.screen, screen)
            assert "PAPER" in cockpit.header
            await cockpit.keys("escape")
            assert isinstance(cockpit.app.screen, TradingScreen)
        await cockpit.keys("g", "4", "g", "6", "g", "1")
        assert cockpit.app.screen_stack == [cockpit.app.screen]


async def test_a_market_is_chosen_from_the_list():
    async with console() as cockpit:
        await cockpit.keys("g", "4", "end", "up", "enter")
        assert cockpit.app.session.instrument_id == "3001"
        await cockpit.keys("n")
        assert cockpit.app.session.instrument_id == "1001"


async def test_commands_with_completion():
    async with console() as cockpit:
        await cockpit.keys("colon")
        await cockpit.type("th")
        await cockpit.pilot.press("tab")
        await cockpit.type("omega-l")
        await cockpit.pilot.press("tab")
        await cockpit.frame()
        assert cockpit.strip == "colours"
        await cockpit.keys("enter")
        assert cockpit.app.theme == "omega-light"
        await cockpit.keys("colon")
        await cockpit.type("resync")
        await cockpit.keys("enter")
        assert cockpit.backend.commands[-1] == ResyncBook("1001", venue="sim")
        await cockpit.keys("colon")
        await cockpit.type("restart stream")
        await cockpit.keys("enter")
        assert cockpit.backend.restarted == ["streaming"]
        await cockpit.keys("colon")
        await cockpit.type("nonsense")
        await cockpit.keys("enter")
        assert cockpit.strip == "there is no :nonsense; Tab shows what there is"


async def test_a_quick_typist_loses_no_key_to_a_line_that_is_still_opening():
    async with console() as cockpit:
        for key, character in [("colon", ":"), *((letter, letter) for letter in "thx"), ("backspace", None)]:
            cockpit.app.post_message(events.Key(key, character))
        for letter in "eme omega-light":
            cockpit.app.post_message(events.Key("space" if letter == " " else letter, letter))
        cockpit.app.post_message(events.Key("enter", "\r"))
        await cockpit.frame()
        await cockpit.frame()
        assert cockpit.app.theme == "omega-light"
        assert not cockpit.backend.commands, "nothing of it was an order"


async def test_a_line_that_comes_in_several_reads_keeps_its_order_and_every_character():
    """The later reads come at every step of the line's opening: some find it closed, some with the keys."""
    line = "12 @ 0.3456"
    keys = [events.Key("space" if letter == " " else letter, letter) for letter in line]
    async with console() as cockpit:
        app = cockpit.app
        for steps in range(5):
            app.post_message(events.Key("colon", ":"))
            for key in keys[:4]:
                await next_steps(steps)
                app.post_message(copy(key))
            for key in keys[4:]:
                app.post_message(copy(key))
            await cockpit.pilot.pause()
            await cockpit.pilot.pause()
            assert app.screen.query_one(CommandLine).text == line, steps
            app.close_line()


async def next_steps(count):
    """Let every pump of messages take up to `count` of them."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_an_exact_size_is_echoed_in_words():
    async with console(holding) as cockpit:
        await cockpit.keys("v")
        await cockpit.type("50%")
        await cockpit.frame()
        assert cockpit.strip == "50% of 300 YES = 150 YES"
        await cockpit.keys("enter")
        assert "SIZE 150[-]" in cockpit.header
        await cockpit.keys("3", "p", "0")
        assert "SIZE 300[-] GTC PO" in cockpit.header
        assert cockpit.backend.commands == []


async def test_esc_takes_away_a_message_that_was_read():
    async with console(holding) as cockpit:
        await cockpit.keys("v")
        await cockpit.type("abc")
        await cockpit.keys("enter")
        assert "is no size" in cockpit.strip
        await cockpit.keys("escape")
        assert "is no size" not in cockpit.strip


async def test_letters_of_another_layout_get_a_hint():
    async with console(size="small") as cockpit:
        await cockpit.keys("и")
        assert cockpit.strip == "CYRILLIC letters are dead: F7 F8 F9 Del Enter ↑ ↓ work; or ui.keymap arrows"
        await cockpit.frame(3.0)
        assert cockpit.strip.startswith("CYRILLIC letters"), "it stays as long as such letters come"
        await cockpit.keys("é", "q")
        assert "CYRILLIC" not in cockpit.strip


@pytest.mark.parametrize("screen", ["help", "markets", "system", "learn", "portfolio"])
async def test_no_key_comes_to_nothing_without_a_word_on_the_other_screens(screen):
    async with console(armed) as cockpit:
        cockpit.app.go(screen)
        await cockpit.frame(0.5)
        for key, said in (
            ("z", "z works on the ladder: g l goes there"),
            ("ö", "ö means nothing here; ? lists the keys"),
            ("и", "CYRILLIC letters"),
        ):
            await cockpit.keys(key)
            assert cockpit.strip.startswith(said)


async def test_a_dead_letter_is_answered_at_once_though_something_else_was_just_said():
    async with console(armed, size="small") as cockpit:
        await cockpit.keys("f8")
        assert cockpit.strip.startswith("canceling")
        await cockpit.keys("и")
        assert cockpit.strip.startswith("CYRILLIC letters are dead")


async def test_the_mouse_points_chooses_and_scrolls_and_never_trades():
    working = order(1, OrderStatus.ACCEPTED, 41)
    async with console(armed, lambda backend: orders(backend, working), size="small") as cockpit:
        pilot = cockpit.pilot
        shown = ladder(cockpit).painted
        row = shown.prices.index(D("0.48"))
        await pilot.click(Ladder, offset=(25, 2 + row))
        await cockpit.frame()
        assert ladder(cockpit).painted.cursor_price == D("0.48")
        assert ladder(cockpit).painted.prices == shown.prices, "a click moves no price"
        await pilot.click("#chooser", offset=(11, 0))
        await cockpit.frame()
        assert cockpit.app.screen.pane == "orders"
        await cockpit.frame()
        await pilot.click(Orders, offset=(3, 1))
        await cockpit.frame()
        assert ladder(cockpit).painted.cursor_price == D("0.41")
        footer = cockpit.lines("#footer")[0]
        for key in ("b/s", "x", "f", "A", "F8", "F9"):
            await pilot.click("#footer", offset=(footer.index(f" {key} ") + 1, 0))
            await cockpit.frame()
        assert "no click ever" in cockpit.strip
        assert cockpit.backend.commands == []
        for word, key in (("order", "b/s"), ("KILL", "F9")):
            await pilot.click("#footer", offset=(footer.index(word), 0))
            await cockpit.frame()
            assert cockpit.strip.startswith(f"{key} is for the keyboard"), "a word is clicked as its key is"
        assert cockpit.backend.commands == []
        await pilot.click("#footer", offset=(footer.index("help"), 0))
        await cockpit.frame()
        assert isinstance(cockpit.app.screen, HelpScreen)
        await pilot._post_mouse_events([events.MouseScrollDown], "#list", offset=(3, 3))
        await cockpit.frame()
        assert cockpit.app.screen.top > 0


async def test_a_market_is_chosen_by_a_click_and_shown_by_a_second():
    async with console() as cockpit:
        await cockpit.keys("g", "w")
        for _ in range(2):
            await cockpit.pilot.click("#list", offset=(5, 2))
            await cockpit.frame()
        assert isinstance(cockpit.app.screen, TradingScreen)
        assert cockpit.app.session.instrument_id == "2001"


class Record:
    """A record of drills in memory."""

    def __init__(self):
        self.is_due = True
        self.settled = []

    def settle(self, how):
        self.is_due = False
        self.settled.append(how)


async def test_a_changed_keymap_arms_no_real_money_before_its_drill():
    record = Record()
    async with console(backend=FakeBackend(is_live=True), drills=record) as cockpit:
        await cockpit.keys("A")
        assert cockpit.strip.startswith("the keymap is new: :drill takes 20 s")
        await cockpit.keys("colon")
        await cockpit.type("drill")
        await cockpit.keys("enter")
        assert cockpit.strip.startswith("drill 1/6, 20 s, nothing is sent: buy 1 at the bid")
        for keys in ("bj", "sj", ("delete",), ("f8",), ("f7", "enter"), ("f9",)):
            await cockpit.keys(*keys, gap=0.3)
        assert "drill passed" in cockpit.strip
        assert cockpit.backend.commands == [], "nothing of a drill is sent, F8 and F9 included"
        assert record.settled == ["passed"]
        await cockpit.keys("A", "enter", gap=0.5)
        assert cockpit.backend.commands == [Arm("sim")]


async def test_panic_keys_leave_a_drill_that_does_not_ask_for_them():
    async with console(backend=FakeBackend(is_live=True), drills=Record()) as cockpit:
        cockpit.app.drill("")
        await cockpit.keys("f9")
        assert cockpit.backend.commands == [Kill("F9")]
        assert not cockpit.app.session.prompt


async def test_a_drill_may_be_skipped_and_paper_needs_none():
    record = Record()
    async with console(backend=FakeBackend(is_live=True), drills=record) as cockpit:
        cockpit.app.drill("skip")
        assert record.settled == ["skipped"]
        await cockpit.frame(0.5)
        await cockpit.keys("A", "enter", gap=0.5)
        assert cockpit.backend.commands == [Arm("sim")]
    async with console(drills=Record()) as cockpit:
        await cockpit.keys("A", "enter", gap=0.5)
        assert cockpit.backend.commands == [Arm("sim")]


async def test_q_does_nothing_and_quitting_asks_while_orders_work():
    async with console(lambda backend: orders(backend, order(1, OrderStatus.ACCEPTED, 43))) as cockpit:
        await cockpit.keys("q")
        assert cockpit.strip == "q does nothing here: :q or ctrl+q quits"
        await cockpit.keys("ctrl+q")
        assert "1 order stays at the venue" in cockpit.strip
        assert not cockpit.app._exit
        await cockpit.pilot.press("ctrl+q")
        await cockpit.pilot.pause()
        assert cockpit.app._exit


async def test_toasts_go_to_the_strip():
    async with console() as cockpit:
        cockpit.app.notify("something [b]loud[/b]", markup=False)
        await cockpit.frame(0.3)
        assert cockpit.strip == "something [b]loud[/b]"


async def test_text_of_a_venue_is_drawn_as_it_is():
    """Markup injection (ladder, section 10, item 12): literal everywhere, and no crash."""
    nasty = "[red]x[/red] [/] [@click=app.quit]y[/] [link=http://z] {0} %s"
    async with console(size="large") as cockpit:
        known = cockpit.app.session.instrument
        cockpit.backend.publish(
            InstrumentUpdated(replace(known, name=nasty)),
            Alert(NOON, Severity.WARNING, "X", nasty),
            OrderChanged(order(1, OrderStatus.REJECTED, 43, reason=nasty)),
        )
        await cockpit.frame(0.3)
        assert any(line.endswith(nasty) for line in cockpit.lines("#strip")), "the newest of the log"
        assert "[red]x[/red]" in cockpit.header
        assert any("[red]x[/red]" in cell for row in table(cockpit) for cell in row)
        await cockpit.keys("g", "4")
        assert "[@click=app.quit]y[/]" in "".join(cockpit.lines("#list"))


# ---------------------------------------------------------------------------- orders table, replay


async def test_the_orders_table_writes_only_what_changed():
    async with console(lambda backend: orders(backend, *every_order())) as cockpit:
        found = cockpit.app.screen.query_one(Orders)
        before = found.lines
        orders(cockpit.backend, order(8, OrderStatus.PARTIALLY_FILLED, 50, Side.SELL, size=120, filled=20))
        await cockpit.frame()
        assert len(found.lines) == len(before)
        changed = [new for old, new in zip(before, found.lines, strict=True) if old != new]
        assert len(changed) == 1
        assert any(row[2].lstrip().startswith("100/120") for row in table(cockpit))


async def test_the_header_says_with_the_ladder_that_the_book_is_being_rebuilt():
    async with console() as cockpit:
        await cockpit.frame(0.3)
        await cockpit.fresh()
        assert "book LIVE" in cockpit.header
        snapshot = cockpit.app.session.book
        cockpit.backend.publish(
            book_event(snapshot, state=IntegrityState.RESYNCING, now_ns=cockpit.backend.clock.now_ns())
        )
        await cockpit.frame()
        assert "book RESYNC" in cockpit.header


async def test_go_orders_walks_the_cursor_over_own_orders():
    async with console(lambda backend: orders(backend, *every_order())) as cockpit:
        seen = []
        for _ in range(3):
            await cockpit.keys("g", "o")
            seen.append(ladder(cockpit).painted.cursor_price)
        assert seen == [D("0.43"), D("0.42"), D("0.41")]


async def test_a_replay_is_steered_by_keys_and_refuses_orders():
    backend = FakeBackend(is_replay=True)
    async with console(replaying, backend=backend) as cockpit:
        assert "REPLAY 12:02:11 x4 52%" in cockpit.header
        await cockpit.keys("space", "full_stop", "greater_than_sign", "less_than_sign", "right", "left")
        assert [command for command in backend.commands if isinstance(command, ReplayControl)] == [
            ReplayControl(paused=True),
            ReplayControl(paused=True, step=1),
            ReplayControl(speed=8.0),
            ReplayControl(speed=2.0),
            ReplayControl(seek_s=10.0),
            ReplayControl(seek_s=-10.0),
        ]
        await cockpit.keys("b")
        assert cockpit.strip == "BUY refused: a replay cannot be traded"
        await cockpit.keys("A")
        assert cockpit.strip == "a replay cannot be traded"
        assert backend.placed() == []


async def test_real_money_armed_colours_the_whole_bar():
    backend = FakeBackend(is_live=True)
    async with console(armed, backend=backend) as cockpit:
        header = cockpit.app.screen.query_one("#header")
        assert header.bar == "live-bar"
        assert cockpit.header.startswith(" LIVE ARMED")
        backend.publish(ArmChanged("sim", TradingMode.DISARMED))
        await cockpit.frame()
        assert header.bar == ""


async def test_the_arming_countdown_is_visible():
    async with console(armed) as cockpit:
        await cockpit.frame(0.5)
        left_s = 521 - (cockpit.backend.clock.now_ns() - NOON) / NS
        assert f"ARMED 08:{int(left_s) % 60:02}" in cockpit.header


async def test_nothing_is_drawn_when_nothing_happens():
    async with console() as cockpit:
        await cockpit.frame(0.3)
        shown = ladder(cockpit).rows_shown
        for _ in range(3):
            cockpit.app.frame()
        await asyncio.sleep(0)
        assert ladder(cockpit).rows_shown is shown


async def test_the_first_session_asks_which_way_prices_are_coloured_and_takes_one_key():
    async with console() as cockpit:
        app = cockpit.app
        app.ask_direction()
        await cockpit.frame(0.3)
        assert cockpit.strip.startswith("Rising prices are: 1 green  2 red")
        await cockpit.keys("2")
        assert app.theme == app.chosen_theme == "omega-red-up-dark"
        assert "SIZE 5[1]" in cockpit.header, "the digit was the answer, and no size"
        await cockpit.keys("2")
        assert "SIZE 10[2]" in cockpit.header
        app.ask_direction()
        await cockpit.keys("A")
        assert cockpit.strip.startswith("ARM"), "another key means what it always does"
        assert app.theme == "omega-red-up-dark"


async def test_the_direction_can_be_changed_at_any_time_and_the_help_tells_it():
    async with console(theme="omega-light") as cockpit:
        await cockpit.keys("colon")
        await cockpit.type("theme dir blue")
        await cockpit.keys("enter")
        assert cockpit.app.theme == "omega-cvd-light"
        await cockpit.keys("question_mark", "end")
        assert "rising prices are blue" in cockpit.lines("#list")[-1]


@pytest.mark.parametrize("theme", ["omega-dark", "omega-cvd-light"])
async def test_nothing_of_the_help_is_cut_where_it_is_narrow(theme):
    async with console(size="small", theme=theme) as cockpit:
        await cockpit.keys("question_mark", "end")
        await cockpit.frame(11.0)
        shown = cockpit.lines("#list")
        assert not [line for line in [*shown, cockpit.strip] if line.endswith("…")]
        assert ":drill learns them" in cockpit.strip
        assert "red-up or blue-orange" in " ".join(" ".join(shown).split())


@pytest.mark.parametrize(
    ("configured", "words"), [(False, "green: kept"), (True, "green: for this session; ui.theme sets")]
)
async def test_the_strip_says_for_how_long_a_theme_is_chosen(configured, words):
    async with console() as cockpit:
        cockpit.app.theme_is_configured = configured
        await cockpit.keys("colon")
        await cockpit.type("theme omega-light")
        await cockpit.keys("enter")
        assert words in cockpit.strip


async def test_the_portfolio_has_every_venue_position_order_and_fill():
    async with console(
        holding, armed, lambda backend: orders(backend, *every_order()), size="large"
    ) as cockpit:
        await cockpit.keys("g", "3")
        shown = "\n".join(cockpit.lines("#list"))
        [venue] = [line for line in cockpit.lines("#list") if line.startswith(" sim ")]
        working = len(cockpit.app.session.desk.working())
        assert venue.split()[:3] == ["sim", "ARMED", str(working)]
        assert "pUSD" in venue
        assert f"ORDERS  {working} working" in shown
        assert "FILLS" in shown
        assert "realized" in shown
        assert "maker" in shown
        assert "PORTFOLIO" in "".join(cockpit.lines("#title"))
        await cockpit.keys("escape")
        assert isinstance(cockpit.app.screen, TradingScreen)


async def test_a_digit_brings_several_ladders_and_says_where_a_replay_comes_from():
    async with console(size="large") as cockpit:
        await cockpit.keys("g", "2")
        assert len(cockpit.app.session.places) == 2
        await cockpit.keys("g", "2")
        assert len(cockpit.app.session.places) == 2, "there are several already"
        await cockpit.keys("g", "7")
        assert cockpit.strip.startswith("omega-tui replay FILE")


async def test_an_own_order_is_dragged_and_a_key_drops_it():
    """The mouse is the hand that carries; what leaves, leaves by a key, and only while it may."""
    working = order(1, OrderStatus.ACCEPTED, 41)
    async with console(armed, lambda backend: orders(backend, working)) as cockpit:
        rows = ladder(cockpit).painted.prices
        y = {price: 2 + row for row, price in enumerate(rows)}

        async def move(*prices, button=1):
            for price in prices:
                await cockpit.pilot._post_mouse_events(
                    [events.MouseMove], Ladder, offset=(25, y[D(price)]), button=button
                )
                await cockpit.frame(0.05)

        await cockpit.pilot.mouse_down(Ladder, offset=(25, y[D("0.41")]))
        await move("0.42", "0.41", "0.40", "0.39")
        assert cockpit.strip.startswith("GRABBED from 0.41 ▸ Space drops at 0.39 (-2t)")
        await cockpit.pilot.mouse_up(Ladder, offset=(25, y[D("0.39")]))
        await cockpit.frame(0.1)
        assert ladder(cockpit).painted.cursor_price == D("0.39")
        assert cockpit.backend.commands == [], "the button sends nothing"
        await cockpit.fresh()
        await cockpit.keys("space")
        [moved] = [one for one in cockpit.backend.commands if isinstance(one, AmendOrder)]
        assert moved.price == D("0.39")

        await cockpit.pilot.mouse_down(Ladder, offset=(25, y[D("0.45")]))
        await move("0.46", "0.47")
        assert "GRABBED" not in cockpit.strip, "there is no order of ours"


async def test_the_tape_leaves_out_what_is_small_and_still_counts_it():
    async with console() as cockpit:
        tape = cockpit.app.screen.query_one(Tape)
        before = tape.model
        assert min(trade.size for trade in before.trades) < 40
        await cockpit.keys("colon")
        await cockpit.type("tape 40")
        await cockpit.keys("enter")
        assert min(trade.size for trade in tape.model.trades) >= 40
        assert tape.model.flow == before.flow
        await cockpit.keys("colon")
        await cockpit.type("tape much")
        await cockpit.keys("enter")
        assert cockpit.strip.startswith(":tape wants the least size")
        await cockpit.keys("g", "v")
        assert tape.model.flow.volume == 0, "counted afresh, with the volume at price"
