"""A stop that fires goes on under another id at some venues, and stays one order here."""

import pytest

from omega_tui.errors import VenueUnreachable
from omega_tui.venues.ccxt_fired import MAX_REMEMBERED, FiredStops

SYMBOL = "BTC/USDT"


class Venue:
    """Tells of past stops, and counts how often it is asked."""

    def __init__(self):
        self.rows, self.asked, self.is_away = [], 0, False

    async def ask(self, what, question):
        del question
        assert what == "past stops"
        self.asked += 1
        if self.is_away:
            raise VenueUnreachable("away", venue="v")
        return self.rows

    def fires(self, stop_id, order_id):
        self.rows.append({"id": stop_id, "info": {"executeOrderId": order_id}})


@pytest.fixture
def venue():
    return Venue()


@pytest.fixture
def fired(venue):
    made = FiredStops("bitget", venue.ask)
    made.note("stop", SYMBOL, is_stop=True)
    return made


def row(order_id, symbol=SYMBOL):
    return {"id": order_id, "symbol": symbol, "clientOrderId": "x"}


async def test_rows_of_the_order_that_a_stop_became_are_rows_of_the_stop(venue, fired):
    venue.fires("stop", "order")
    [renamed] = await fired.renamed([row("order")], "id")
    assert (renamed["id"], renamed["clientOrderId"]) == ("stop", None), "not under another client id either"
    assert fired.order_of("stop") == "order"
    [fill] = await fired.renamed([{"id": "t", "order": "order", "symbol": SYMBOL}], "order")
    assert (fill["id"], fill["order"]) == ("t", "stop")
    assert venue.asked == 1, "it is known from then on"


async def test_an_order_of_elsewhere_is_asked_about_once_and_left_as_it_is(venue, fired):
    for _ in range(2):
        assert await fired.renamed([row("elsewhere")], "id") == [row("elsewhere")]
    assert venue.asked == 1


async def test_nobody_is_asked_about_what_is_known_or_cannot_be_of_a_stop(venue, fired):
    fired.note("mine", SYMBOL, is_stop=False)
    rows = [row("mine"), row("stop"), row("other market", "ETH/USDT")]
    assert await fired.renamed(rows, "id") == rows
    assert venue.asked == 0


async def test_an_order_of_ours_is_no_riddle_though_its_id_is_not_known_yet(venue, fired):
    """The stream may be faster than the answer to the placing."""
    fired.note("", SYMBOL, is_stop=False, client_id="x")
    assert await fired.renamed([row("just placed")], "id") == [row("just placed")]
    fill = {"id": "t", "order": "just placed", "symbol": SYMBOL}
    assert await fired.renamed([fill], "order") == [fill]
    assert venue.asked == 0


async def test_a_venue_that_is_away_loses_no_row_and_is_asked_again(venue, fired):
    venue.is_away = True
    assert await fired.renamed([row("order")], "id") == [row("order")]
    venue.is_away = False
    venue.fires("stop", "order")
    assert [one["id"] for one in await fired.renamed([row("order")], "id")] == ["stop"]


async def test_where_no_venue_tells_nothing_is_done(venue):
    fired = FiredStops("kraken", venue.ask)
    fired.note("stop", SYMBOL, is_stop=True)
    assert not fired.are_told
    assert await fired.renamed([row("order")], "id") == [row("order")]
    assert venue.asked == 0


async def test_a_stop_that_is_over_makes_no_more_riddles(venue, fired):
    venue.rows.append({"id": "stop", "info": {"executeOrderId": ""}, "status": "canceled"})
    await fired.past(SYMBOL)
    await fired.renamed([row("elsewhere")], "id")
    assert venue.asked == 1
    assert not fired.order_of("stop")


def test_what_is_remembered_is_bounded(fired):
    for number in range(MAX_REMEMBERED + 5):
        fired.note(f"o{number}", SYMBOL, is_stop=False)
    assert len(fired._others) == MAX_REMEMBERED
