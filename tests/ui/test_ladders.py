"""Several ladders on the screen: what fits, who has the keys, and layouts that never arm."""

from decimal import Decimal

from cockpit import console
from fake_backend import book, book_event, connection
from textual.pilot import Pilot

from omega_tui.domain.commands import Arm, WatchInstrument
from omega_tui.domain.events.account import ArmChanged, TradingMode
from omega_tui.ui.commands.commands import parse
from omega_tui.ui.ladder.layouts import Layout, LayoutBook, Spot, read_layouts
from omega_tui.ui.widgets.ladder import Ladder

D = Decimal


def second_book(backend):
    now_ns = backend.clock.now_ns()
    backend.publish(
        book_event(book("2001", 60, 62), now_ns=now_ns), connection(last_recv_ns=now_ns, ts_ns=now_ns)
    )


def armed(backend):
    until_ns = backend.clock.now_ns() + 900 * 10**9
    backend.publish(ArmChanged("sim", TradingMode.ARMED, until_ns=until_ns))


async def line(cockpit, text):
    """Run what was typed after `:`, and let the settle lock pass."""
    cockpit.app.run_call(parse(text, cockpit.app.choices()))
    await cockpit.frame()  # A ladder that is laid out anew begins a lock of its own.
    await cockpit.frame(0.4)


def titles(cockpit):
    return [ladder.rows_shown[0].text for ladder in cockpit.app._trading.ladders if ladder.display]


async def live(cockpit):
    """Let both books be live at the present time."""
    await cockpit.fresh()
    second_book(cockpit.backend)
    await cockpit.frame()


async def test_a_second_ladder_has_the_keys_and_orders_are_its_own():
    async with console(armed, second_book) as cockpit:
        await line(cockpit, "ladder add")
        await live(cockpit)
        assert WatchInstrument("2001", "sim") not in cockpit.backend.commands, "its book was there"
        first, second = titles(cockpit)
        assert first.startswith(" YES  1 sim Will ")
        assert second.startswith(" YES ►2 sim Will ")
        assert "ARMED" in first
        assert "ARMED" in second
        assert [ladder.size.width for ladder in cockpit.app._trading.ladders] == [46, 46]
        await cockpit.keys("b", "j")
        await live(cockpit)
        assert [(one.instrument, one.price) for one in cockpit.backend.placed()] == [("2001", D("0.60"))]

        await cockpit.pilot.press("left_square_bracket")
        await cockpit.pilot.press("b")
        await cockpit.frame()
        assert "another ladder has just got the keys" in cockpit.strip
        await live(cockpit)
        assert titles(cockpit)[0].startswith(" YES ►1")
        await cockpit.frame(0.4)
        await live(cockpit)
        await cockpit.keys("b", "j")
        assert [one.instrument for one in cockpit.backend.placed()] == ["2001", "1001"]
        assert cockpit.app.session.places[1].instrument_id == "2001"


async def test_a_click_gives_the_keys_and_moves_the_cursor_there():
    async with console(second_book) as cockpit:
        await line(cockpit, "ladder add")
        await live(cockpit)
        left = cockpit.app._trading.ladders[0]
        pilot: Pilot = cockpit.pilot
        await pilot.click(left, offset=(20, 6))
        await cockpit.frame()
        session = cockpit.app.session
        assert session.focus == 0
        assert session.look.cursor_price == left.painted.prices[4]


async def test_a_click_on_a_ladder_that_was_closed_before_it_was_heard_points_nowhere():
    async with console(second_book) as cockpit:
        await line(cockpit, "ladder add")
        await live(cockpit)
        session, gone = cockpit.app.session, cockpit.app._trading.ladders[1]
        session.close_place(cockpit.backend.clock.mono_ns())
        before = session.look.cursor_price
        cockpit.app._clicked(Ladder.Clicked(gone, before + D("0.03")))
        assert session.look.cursor_price == before


async def test_more_ladders_than_fit_are_refused_with_what_they_need():
    async with console(size="small") as cockpit:
        await line(cockpit, "ladder add")
        assert "2 ladders need 108 columns: this terminal has 80" in cockpit.strip
        await line(cockpit, "ladder close")
        assert "the last ladder stays" in cockpit.strip
        await cockpit.keys("right_square_bracket")
        assert ":ladder add" in cockpit.strip
        assert len(cockpit.app.session.places) == 1


async def test_a_terminal_that_becomes_narrow_keeps_the_ladder_with_the_keys():
    async with console(second_book) as cockpit:
        await line(cockpit, "ladder add")
        await live(cockpit)
        await cockpit.pilot.resize_terminal(80, 24)
        await cockpit.frame(0.4)
        await live(cockpit)
        assert [ladder.display for ladder in cockpit.app._trading.ladders] == [False, True]
        assert cockpit.app.painted.instrument == "2001"
        await cockpit.keys("left_square_bracket")
        await cockpit.frame(0.4)
        await live(cockpit)
        assert cockpit.app.painted.instrument == "1001"
        await cockpit.pilot.resize_terminal(120, 40)
        await cockpit.frame(0.4)
        assert [ladder.display for ladder in cockpit.app._trading.ladders] == [True, True]


async def test_layouts_are_saved_by_name_and_brought_back_disarmed():
    async with console(second_book) as cockpit:
        cockpit.app.layouts = LayoutBook()
        await line(cockpit, "layout nothing")
        assert "no layout 'nothing' is saved; there are: none" in cockpit.strip
        await line(cockpit, "ladder add")
        await line(cockpit, "layout save 3")
        assert "layout 3 is saved" in cockpit.strip
        await cockpit.frame(0.4)
        assert cockpit.lines("#footer")[0].endswith("layout 3 1/1")
        await line(cockpit, "ladder close")
        assert len(cockpit.app.session.places) == 1
        await cockpit.frame(0.4)
        assert "layout" not in cockpit.lines("#footer")[0]
        await cockpit.keys("g", "3")
        await cockpit.frame(0.4)
        await live(cockpit)
        session = cockpit.app.session
        assert [place.instrument_id for place in session.places] == ["1001", "2001"]
        assert session.focus == 1
        assert len(cockpit.app._trading.ladders) == 2
        assert not [command for command in cockpit.backend.commands if isinstance(command, Arm)]
        await line(cockpit, "layout")
        assert "layouts: 3" in cockpit.strip
        await line(cockpit, "layout save two words")
        assert ":layout save NAME" in cockpit.strip
        await cockpit.keys("g", "9")
        assert "layout 9 is not saved: there are 1, 2, 3, 4, 5, 6, 7" in cockpit.strip


async def test_a_session_begins_as_the_last_one_ended_and_disarmed():
    async with console(armed, second_book) as cockpit:
        await line(cockpit, "ladder add")
        cockpit.app.keep_layout()
        kept = read_layouts(cockpit.app.layouts.to_json())
    assert b"arm" not in cockpit.app.layouts.to_json().lower()
    async with console(second_book, layouts=kept) as cockpit:
        await cockpit.frame()
        assert [place.instrument_id for place in cockpit.app.session.places] == ["1001", "2001"]
        assert cockpit.app.session.focus == 1
        assert not [one for one in cockpit.backend.commands if isinstance(one, Arm)]
        assert "DISARMED" in cockpit.header


async def test_a_key_keeps_the_screen_where_it_is():
    layouts = LayoutBook()
    layouts.keep_last(Layout((Spot("2001", "sim"), Spot("gone", "sim"))))
    async with console(second_book, layouts=layouts) as cockpit:
        await cockpit.keys("j")
        await cockpit.frame(11)
        assert [place.instrument_id for place in cockpit.app.session.places] == ["1001"]
        await line(cockpit, "layout last")
        assert cockpit.app.session.places[0].instrument_id == "2001"
