"""The commands about markets at an exchange of the library: no keys, no account, books with their check."""

import json
from decimal import Decimal

import pytest

from tests.command import Bitget, refused, said

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def bitget():
    with Bitget() as venue:
        yield venue


@pytest.fixture
def call(bitget, here, monkeypatch):
    """Run a command at the exchange, with a malformed key around: who looks at markets reads none."""
    monkeypatch.setenv("OMEGA_BITGET_API_KEY", "two words")
    return lambda *arguments: here(*arguments, "--venue", "bitget", "--sandbox", bitget.url)


def test_markets_are_listed_searched_and_of_one_account_type(call):
    spot = said(call("markets", "--json"))
    assert [one["id"] for one in spot] == ["bitget:BTC/USDT", "bitget:ETH/USDT"]
    [swap] = said(call("markets", "eth", "--account-type", "swap", "--json"))
    assert (swap["kind"], swap["settle"]) == ("LINEAR", "USDT")
    table = call("markets").stdout.splitlines()
    assert table[0].split() == ["market", "kind", "tick", "lot", "min", "min", "cost"]
    assert table[1].split() == ["BTC/USDT", "spot", "0.01", "0.000001", "0.000001", "1", "USDT"]
    assert call("markets", "doge").stdout == "No market is called that.\n"


@pytest.mark.parametrize(("symbol", "kind"), [("BTC/USDT", "spot"), ("btc/usdt:usdt", "swap")])
def test_a_book_comes_from_the_guarded_stream(call, symbol, kind):
    [book] = said(call("book", symbol, "--account-type", kind, "--levels", "3", "--json"))
    venue = "bitget" if kind == "spot" else "bitget-swap"  # As the console calls it.
    assert (book["state"], book["check"], book["venue"]) == ("VERIFIED", "seq", venue)
    bids, asks = ([Decimal(price) for price, _ in book[side]] for side in ("bids", "asks"))
    assert (bids, asks) == (sorted(bids, reverse=True), sorted(asks))
    assert len(bids) == len(asks) == 3
    assert bids[0] < asks[0]


def test_tickers_candles_and_prints_agree_with_each_other(call):
    [ticker] = said(call("ticker", "BTC/USDT", "--json"))
    candles = said(call("candles", "BTC/USDT", "--timeframe", "1m", "--limit", "5", "--json"))
    assert len(candles) == 5
    assert [one["start_ns"] for one in candles] == sorted({one["start_ns"] for one in candles})
    prints = said(call("trades", "BTC/USDT", "--public", "--json"))
    assert [one["ts_event_ns"] for one in prints] == sorted(one["ts_event_ns"] for one in prints)
    low, high = Decimal(ticker["low"]), Decimal(ticker["high"])
    assert all(low <= Decimal(one["close"]) <= high for one in candles)
    table = call("candles", "BTC/USDT", "--limit", "2").stdout.splitlines()
    assert table[0].split() == ["begin", "(UTC)", "open", "high", "low", "close", "volume"]
    assert all(len(cell.partition(".")[2]) == 2 for cell in table[1].split()[2:6])
    assert call("trades", "BTC/USDT", "--public").stdout.startswith("time (UTC)")


def test_a_stream_has_books_with_their_check_prints_tickers_and_candles(call):
    kinds = ["book_updated", "trade", "ticker", "candle", "connection"]
    asked = [word for kind in kinds for word in ("--kind", kind)]
    done = call("stream", *asked, "--asset", "BTC/USDT", "--levels", "2", "--for", "3s", "--json")
    events = said(done)
    assert {event["kind"] for event in events} == set(kinds)
    books = [event for event in events if event["kind"] == "book_updated" and event["book"]]
    assert {book["instrument"] for book in books} == {"bitget:BTC/USDT"}
    assert {book["integrity"]["state"] for book in books} == {"VERIFIED"}
    assert all(len(book["book"]["bids"]) <= 2 for book in books)
    assert all(Decimal(book["book"]["bids"][0][0]) < Decimal(book["book"]["asks"][0][0]) for book in books)


def test_a_stream_of_everything_is_told_to_people(call):
    done = call("stream", "--for", "1s")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert any("book_updated" in line and "BTC/USDT" in line and "VERIFIED seq" in line for line in lines)
    assert any("connection" in line and "bitget" in line and "book UP" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["book", "DOGE/USDT"], "bitget lists no 'DOGE/USDT'; `omega-tui markets --venue bitget`"),
        (["stream", "--kind", "price_change"], "bitget has no price_change events; it has book_updated"),
        (["stream", "--record", "x.feedlog"], "are read by the exchange library"),
        (["candles", "BTC/USDT", "--timeframe", "2m"], "invalid choice: '2m'"),
        (["trades", "--public"], "name the market whose prints are meant"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_had_is_said_in_one_sentence(call, arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(call(*arguments), words)


def test_an_exchange_that_nobody_knows_or_that_is_away_is_told_apart(here):
    refused(here("markets", "--venue", "nosuch"), "found nosuch; allowed: sim, sim-spot")
    gone = ["--venue", "bitget", "--sandbox", "http://127.0.0.1:9"]
    refused(here("book", "BTC/USDT", *gone), "bitget did not answer", code=5)
    unknown = here("markets", "--venue", "kraken", "--sandbox", "embedded")
    refused(unknown, "bitget, binance (spot), polymarket")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--venue", "sim", "--sandbox", "embedded"], "sim is one already"),
        (["--venue", "bitget-swap", "--account-type", "spot"], "found spot; allowed: swap at bitget-swap"),
        (["--venue", "sim", "--account-type", "swap"], "found swap; allowed: none at sim"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_contradict_each_other_are_refused(here, options, words):
    refused(here("markets", *options), words)


def test_the_names_of_the_console_mean_the_same_here(here, tmp_path):
    folder = tmp_path / "config" / "omega-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        '[venues.mine]\nexchange = "bitget"\naccount_type = "swap"\nsandbox = "embedded"\n'
    )
    for name in ("sim-swap", "mine"):
        [btc] = said(here("markets", "btc", "--venue", name, "--json"))
        assert (btc["id"], btc["venue"]) == (f"{name}:BTC/USDT:USDT", name)


def test_without_anything_an_embedded_exchange_is_started_for_the_command(here):
    done = here("ticker", "ETH/USDT", "--venue", "bitget", "--sandbox", "embedded", "--seed", "9", "--json")
    assert json.loads(done.stdout)["instrument"] == "bitget:ETH/USDT"
