"""Public questions over REST, asked of the embedded exchange."""

import random
from decimal import Decimal

import pytest
from streamrig import complement_of, tokens_of

from omega_tui.errors import VenueError, VenueRefused, VenueUnreachable
from omega_tui.sim.faults import Fault, FaultKind
from omega_tui.sim.polymarket import STILL_START_NS, EmbeddedExchange
from omega_tui.venues.http import HttpLimits
from omega_tui.venues.polymarket_data import PolymarketData


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=100, still=True) as venue:
        yield venue


@pytest.fixture
async def data(venue):
    limits = HttpLimits(deadline_s=5.0, rate=1_000, burst=1_000)
    data = PolymarketData(venue.rest_url, venue="sim", rng=random.Random(1), limits=limits)
    await data.open()
    yield data
    await data.close()


@pytest.mark.parametrize("page_size", [1, 2, 100])
async def test_instruments_are_read_over_all_pages_each_once(venue, data, page_size):
    venue.page_size = page_size
    instruments = await data.fetch_instruments()
    ids = [instrument.id for instrument in instruments]
    assert sorted(ids) == sorted(token for market in venue.markets for token, _ in market.tokens)
    assert len(set(ids)) == len(ids)


async def test_an_instrument_has_the_rules_of_its_market(venue, data):
    info = venue.markets[0]
    token = info.tokens[0][0]
    found = await data.fetch_instrument(token)
    assert (found.id, found.venue, found.market_id) == (token, "sim", info.market_id)
    assert (found.name, found.base, found.quote) == (info.question, info.tokens[0][1], "pUSD")
    assert found.complement_id == complement_of(venue, token)
    assert (found.tick_size, found.lot_size) == (info.tick_size, Decimal("0.01"))
    assert found.min_size > 0
    assert found.active
    assert found.contains(found.tick_size)
    assert not found.contains(Decimal(1))
    assert {each.id for each in await data.fetch_outcomes(token)} == {token, found.complement_id}
    assert await data.fetch_tick_size(token) == info.tick_size
    assert await data.fetch_neg_risk(token) is info.neg_risk


async def test_what_the_venue_does_not_know_is_refused(data):
    for question in (data.fetch_instrument, data.fetch_book, data.fetch_tick_size):
        with pytest.raises(VenueRefused):
            await question("123")


async def test_books_come_together_and_unknown_ones_are_missing(venue, data):
    tokens = tokens_of(venue)
    books = await data.fetch_books([*tokens, "123"])
    assert set(books) == set(tokens)
    assert all(book.asset_id == token and book.hash for token, book in books.items())


async def test_a_venue_without_the_call_for_many_is_asked_one_by_one(venue, data):
    venue.faults.add(Fault(FaultKind.STATUS, path="POST /books", status=404))
    tokens = tokens_of(venue, 3)
    assert set(await data.fetch_books([*tokens, "123"])) == set(tokens)


async def test_more_books_than_fit_in_one_call_take_several(venue, data, monkeypatch):
    monkeypatch.setattr("omega_tui.venues.polymarket_data.BOOKS_PER_CALL", 2)
    tokens = tokens_of(venue)
    before = data._session.counters.calls
    assert set(await data.fetch_books(tokens)) == set(tokens)
    assert data._session.counters.calls - before == (len(tokens) + 1) // 2


@pytest.mark.parametrize(("status", "code"), [(503, "UNAVAILABLE"), (429, "RATE_LIMIT"), (400, "REFUSED")])
async def test_an_answer_that_is_none_says_what_it_is(venue, data, status, code):
    venue.faults.add(Fault(FaultKind.STATUS, path="POST /books", status=status))
    with pytest.raises(VenueError) as caught:
        await data.fetch_books(tokens_of(venue, 1))
    assert caught.value.code == code
    assert str(status) in str(caught.value)


async def test_a_page_of_html_is_no_answer(venue, data):
    venue.faults.add(Fault(FaultKind.STATUS, path="GET /time", status=200, body="<html>hello</html>"))
    with pytest.raises(VenueError) as caught:
        await data.fetch_server_time_ns()
    assert caught.value.code == "UNREADABLE"
    assert data.unanswered == 1


async def test_a_hiccup_of_a_question_is_survived(venue, data):
    venue.faults.add(Fault(FaultKind.STATUS, path="GET /time", status=502, times=2))
    assert await data.fetch_server_time_ns() // 10**9 == STILL_START_NS // 10**9


async def test_a_venue_that_is_away_was_certainly_not_asked():
    data = PolymarketData("http://127.0.0.1:1", venue="sim", rng=random.Random(1))
    await data.open()
    with pytest.raises(VenueUnreachable):
        await data.fetch_instruments()
    await data.close()
