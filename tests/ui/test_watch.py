"""The watched markets: put on the list and kept, what they cost a day ago, and where all of it stands."""

from decimal import Decimal

from cockpit import console
from fake_backend import NOON, book, book_event, instruments

from omega_tui.cli.between_sessions import BetweenSessions
from omega_tui.domain.candle import Candle, CandleHistory
from omega_tui.domain.commands import WatchInstrument
from omega_tui.ui.desk.watch_list import Watched, WatchList

D = Decimal
HOUR_NS = 3_600_000_000_000
RAIN = "3001"


def a_day_of(instrument, first, last):
    """Candles of an hour, from 25 hours ago on; the price a day ago is the close of the first."""
    made = [
        Candle(instrument, 3_600, NOON - NOON % HOUR_NS - hour * HOUR_NS, price, price, price, price, D(1))
        for hour, price in ((26, first), (25, first), (0, last))
    ]
    return CandleHistory(tuple(made))


def row(cockpit, selector, *words):
    return next(line for line in cockpit.lines(selector) if all(word in line for word in words))


async def typed(cockpit, text):
    await cockpit.keys("colon")
    await cockpit.type(text)
    await cockpit.pilot.press("enter")
    await cockpit.frame(0.4)


async def test_the_list_beside_the_ladder_is_the_traders_own_as_soon_as_there_is_one():
    async with console(size="large") as cockpit:
        assert cockpit.lines("#markets-title")[0].split()[0] == "MARKETS"
        await typed(cockpit, "watch")
        assert "watched: Will the central bank cut its rate in September?" in cockpit.strip
        await cockpit.frame(0.4)
        assert cockpit.lines("#markets-title")[0].split()[:2] == ["WATCH", "1"]
        shown = [line for line in cockpit.lines("#markets") if line]
        assert len(shown) == 1
        assert "central bank" in shown[0]
        await typed(cockpit, "watch off")
        assert "no longer watched" in cockpit.strip
        await cockpit.frame(0.4)
        assert len([line for line in cockpit.lines("#markets") if line]) == 6


async def test_a_key_of_the_list_of_markets_watches_what_is_selected_and_streams_it():
    async with console() as cockpit:
        await cockpit.keys("g", "4")
        await cockpit.keys("end", "w")
        assert "watched: Will it rain" in cockpit.strip
        await cockpit.frame(1.2)
        assert row(cockpit, "#list", "rain", "NO").startswith(" ►*")
        watched = [one for one in cockpit.backend.commands if isinstance(one, WatchInstrument)]
        assert [one.instrument for one in watched] == ["3002"], "once, so that it has a book"
        await cockpit.keys("w")
        assert not cockpit.app.session.watch


async def test_how_far_a_market_has_moved_in_a_day_or_since_it_was_seen_here():
    async with console(size="large") as cockpit:
        cockpit.backend.candles[RAIN, "1h"] = a_day_of(RAIN, D("0.600"), D("0.70"))
        await cockpit.frame(1.2)
        assert row(cockpit, "#markets", "rain", "YES").split()[-1] == "~0", "seen for the first time"
        cockpit.app.session.watch.add(next(one for one in instruments() if one.id == RAIN), "rain")
        for tick in (46, 50):
            cockpit.backend.publish(book_event(book("1001", tick - 1, tick + 1, sequence=tick)))
            await cockpit.frame(1.2)
        await cockpit.frame(3.2)
        assert row(cockpit, "#markets", "rain", "YES").split()[-1] == "+0.125", "0.725 less 0.60 a day ago"
        cockpit.app.session.watch.drop(RAIN)
        await cockpit.frame(0.4)
        assert row(cockpit, "#markets", "central", "YES").split()[-1] == "~+0.04"
        cockpit.backend.publish(book_event(book("1001", 45, 46, sequence=60)))
        await cockpit.frame(0.4)
        assert row(cockpit, "#markets", "central", "YES").split()[-1] == "~-0.005", "no half tick is lost"


async def test_a_watched_market_of_a_venue_that_is_not_open_keeps_its_name():
    watch = WatchList((Watched("BTC/USDT", "elsewhere", "elsewhere BTC/USDT"),))
    async with console(size="large") as cockpit:
        cockpit.app.watch_from(watch)
        await cockpit.frame(0.4)
        assert row(cockpit, "#markets", "elsewhere BTC/USDT: not listed now")


def test_the_list_comes_back_from_its_file_and_is_written_when_it_changed(tmp_path):
    kept = BetweenSessions(tmp_path)
    kept.keep(print)
    assert not list(tmp_path.iterdir())
    rain = next(one for one in instruments() if one.id == RAIN)
    assert kept.watch.add(rain, "rain YES")
    kept.keep(print)
    assert (tmp_path / "watch.json").stat().st_mode & 0o777 == 0o600
    again = BetweenSessions(tmp_path).watch
    assert again.watched == (Watched(RAIN, "sim", "rain YES"),)
    assert again.drop(RAIN)
    assert again.is_changed
    for odd in (
        b"{",
        b"[{}]",
        b'[{"instrument": "", "venue": "x"}]',
        b'[{"instrument": "a\\u001b", "venue": "x"}]',
    ):
        (tmp_path / "watch.json").write_bytes(odd)
        assert not BetweenSessions(tmp_path).watch
