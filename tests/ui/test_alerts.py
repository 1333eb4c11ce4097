"""Price alerts on the screen: the key, the line, the list, and the word when one is reached."""

from decimal import Decimal

from cockpit import console

from omega_tui.domain.alert_messages import AlertReached, AlertsChanged, DropAlerts, SetAlert
from omega_tui.domain.alerts import Cross, PriceAlert
from omega_tui.domain.commands import PlaceOrder, WatchInstrument

D = Decimal


def alert(price, cross=Cross.ABOVE, instrument="1001", note=""):
    return PriceAlert(instrument, "sim", D(price), cross, note)


def told(backend):
    return [one for one in backend.commands if isinstance(one, SetAlert | DropAlerts)]


async def test_the_key_waits_for_the_price_under_the_cursor_and_again_takes_it_away():
    async with console() as cockpit:
        session = cockpit.app.session
        session.point(session.book.best_ask + 5 * session.instrument.tick_size)
        await cockpit.keys("exclamation_mark")
        (command,) = told(cockpit.backend)
        assert (command.cross, command.price) == (Cross.ABOVE, session.look.cursor_price)
        assert "told once when it rises to" in cockpit.lines("#strip")[1]
        cockpit.backend.publish(AlertsChanged((alert(command.price),)))
        await cockpit.frame()
        assert "alert above" in cockpit.lines("#strip")[0]
        await cockpit.keys("exclamation_mark")
        assert told(cockpit.backend)[1] == DropAlerts("1001", command.price)
        assert not [one for one in cockpit.backend.commands if isinstance(one, PlaceOrder)]


async def test_a_typed_line_sets_drops_or_complains():
    async with console() as cockpit:
        for typed, said in (
            ("alert 0.9 sell there", "rises to 0.90"),
            ("alert $bid-2t", "falls to"),
            ("alert high", "no number"),
        ):
            await cockpit.keys("colon")
            await cockpit.type(typed)
            await cockpit.keys("enter")
            assert said in " ".join(cockpit.lines("#strip"))
        assert told(cockpit.backend)[0].note == "sell there"


async def test_what_is_reached_is_said_logged_and_rung_for_and_what_waits_is_watched():
    rung = []
    async with console() as cockpit:
        cockpit.app.bell = lambda: rung.append("bell")
        cockpit.backend.publish(AlertReached(alert("0.60", note="out"), D("0.61"), 1))
        await cockpit.frame()
        assert "rose to 0.60, 0.61 was seen: out" in cockpit.lines("#strip")[1]
        assert "rose to 0.60" in cockpit.app.session.desk.log[-1].text
        assert rung == ["bell"]
        cockpit.app.session.desk.books.pop("3001", None)
        cockpit.backend.publish(AlertsChanged((alert("0.60", instrument="3001"),)))
        await cockpit.frame(0.2)
        await cockpit.frame(0.2)
        assert cockpit.backend.commands.count(WatchInstrument("3001", "sim")) == 1


async def test_the_list_shows_what_waits_drops_it_and_goes_to_its_market():
    async with console() as cockpit:
        waiting = (
            alert("0.60", note="out"),
            alert("0.20", Cross.BELOW, "2001"),
            alert("9", instrument="gone"),
        )
        cockpit.backend.publish(AlertsChanged(waiting))
        await cockpit.keys("g", "a")
        lines = cockpit.lines("#list")
        assert "rises to" in lines[0]
        assert lines[0].endswith("out")
        assert "its venue is not open" in lines[2]
        await cockpit.keys("j", "delete")
        assert told(cockpit.backend) == [DropAlerts("2001", D("0.20"))]
        await cockpit.keys("enter")
        assert cockpit.app.session.instrument_id == "2001"
        assert cockpit.app.session.look.cursor_price == D("0.20")
