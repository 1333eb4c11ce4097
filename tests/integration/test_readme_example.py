"""The streaming service as a library: the example of the README as it stands there, and every line of it."""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from streamrig import PATIENCE_S, Watch, tokens_of
from tradingrig import broker_of

from omega_tui.domain.events.account import FillReported, OrderReported
from omega_tui.domain.events.market import BestQuoteChanged, BookReplaced, LevelChanged, TradePrinted
from omega_tui.domain.integrity import IntegrityState
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.errors import ConfigError, StateError
from omega_tui.services.streaming import Endpoints, StreamerConfig, StreamingService, UserAuth
from omega_tui.sim.polymarket import EmbeddedExchange
from omega_tui.venues.base import Accepted
from tests.command import Sim, environment, omega

README = Path(__file__).resolve().parents[2] / "README.md"

URLS = ("OMEGA_POLYMARKET__REST_URL", "OMEGA_POLYMARKET__WS_MARKET_URL", "OMEGA_POLYMARKET__WS_USER_URL")


@pytest.fixture
async def venue():
    async with EmbeddedExchange(seed=3, rate=100) as venue:
        yield venue


def auth_of(venue):
    who = venue.credentials.credentials
    return UserAuth(who.api_key, who.secret, who.passphrase)


def request_of(market, price):
    return OrderRequest(
        client_order_id="o1",
        instrument=market.tokens[0][0],
        venue="sim",
        side=Side.BUY,
        size=Decimal(10),
        price=Decimal(price),
    )


def test_the_example_of_the_readme_runs_as_it_stands_there(tmp_path):
    """Only what stands in angle brackets is filled in, as the README says."""
    blocks = re.findall(r"```python\n(import asyncio\n.*?)```", README.read_text(), re.DOTALL)
    [example] = [block for block in blocks if "StreamingService" in block]
    with Sim(tmp_path, rate=200) as sim:
        market, who = sim.told["markets"][0], sim.told["credentials"]
        for name, value in {
            "token id": market["tokens"][0]["token_id"],
            "market id": market["market_id"],
            "api key": who["api_key"],
            "secret": who["secret"],
            "passphrase": who["passphrase"],
            "rest": sim.told["rest"],
            "ws_market": sim.told["ws_market"],
            "ws_user": sim.told["ws_user"],
        }.items():
            assert f"<{name}>" in example
            example = example.replace(f"<{name}>", value)
        assert re.findall(r'"<[^"]*>"', example) == []
        (tmp_path / "example.py").write_text(example)
        process = subprocess.Popen(
            [sys.executable, "-u", "example.py"],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        kinds = {}
        try:
            while {"level", "trade"} - kinds.keys():
                line = process.stdout.readline()
                assert line, process.stderr.read()
                kind, *words = line.split()
                kinds[kind] = words
        finally:
            process.kill()
            _, error = process.communicate()
    assert error == ""
    assert [Decimal(word) for word in kinds["trade"]]
    assert 0 < Decimal(kinds["level"][2]) < 1, "the best bid of the book"


def check(event, streamer, venue):
    """Look into an event as a reader would, by its type."""
    match event:
        case BookReplaced(instrument=instrument, bids=bids):
            assert bids
            assert streamer.get_order_book(instrument).best_bid is not None
        case LevelChanged(side=side, price=price, size=size):
            assert (side in Side, 0 < price < 1, size >= 0) == (True, True, True)
        case TradePrinted(trade=trade):
            assert 0 < trade.price < 1
        case BestQuoteChanged(best_bid=bid, best_ask=ask):
            assert bid is None or ask is None or bid < ask
        case OrderReported(venue_order_id=known):
            assert known in venue.history()["orders"]
        case FillReported(fill=fill):
            assert fill.side is Side.BUY


async def test_every_line_of_the_example_works(venue):
    """Market and account feed side by side, typed events to match on, and the book beside them."""
    market = venue.markets[0]
    token = market.tokens[0][0]
    streamer = StreamingService(
        config=StreamerConfig(
            market_assets=[token],
            user_markets=[market.market_id],
            user_auth=auth_of(venue),
            event_buffer_size=1000,
            auto_sync_on_hash_mismatch=True,
            endpoints=Endpoints(venue.rest_url, venue.ws_market_url, venue.ws_user_url),
        )
    )
    await streamer.initialize()
    watch = Watch(streamer)
    broker = broker_of(venue)
    await broker.open()
    await watch.until(lambda: venue.socket_count == 2)
    wanted = {BookReplaced, LevelChanged, TradePrinted, BestQuoteChanged, OrderReported, FillReported}
    seen = set()
    try:
        events = streamer.events()
        outcome = await broker.place(await broker.prepare(request_of(market, "0.95")))
        assert isinstance(outcome, Accepted)
        async with asyncio.timeout(PATIENCE_S):
            async for event in events:
                check(event, streamer, venue)
                seen.add(type(event))
                if wanted <= seen:
                    break
        assert wanted <= seen
        book = streamer.get_order_book(token)
        await watch.until(lambda: book.integrity.state is IntegrityState.VERIFIED)
        assert book.best_bid < book.mid < book.best_ask
        assert book.spread == book.best_ask - book.best_bid
        assert book.summary()
        assert set(streamer.get_all_order_books()) == {each for each, _ in market.tokens}
        assert streamer.metrics()["frames_total"] > 0
    finally:
        await broker.close()
        await streamer.shutdown()
    with pytest.raises(StateError):
        streamer.get_order_book(token)
    assert [event async for event in streamer.events()] == [], "nothing comes after shutdown"


async def test_what_is_not_named_comes_from_the_configuration(venue, monkeypatch, tmp_path):
    """Addresses by environment alone: no endpoints, no file."""
    for name in [name for name in os.environ if name.startswith("OMEGA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name, url in zip(URLS, (venue.rest_url, venue.ws_market_url, venue.ws_user_url), strict=True):
        monkeypatch.setenv(name, url)
    [token] = tokens_of(venue, 1)
    streamer = StreamingService(config=StreamerConfig(market_assets=[token], user_auth=auth_of(venue)))
    await streamer.initialize()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(streamer.shutdown)
        assert streamer.configuration()["rest_url"] == venue.rest_url
        assert streamer.configuration()["ws_user_url"] == venue.ws_user_url
        async with asyncio.timeout(PATIENCE_S):
            async for event in streamer.events(kinds="book", assets=token):
                assert event.bids
                break
        # Market socket and user socket, both at this exchange.
        await Watch(streamer).until(lambda: venue.socket_count == 2)
    monkeypatch.setenv(URLS[0], "http://example.com")
    with pytest.raises(ConfigError, match=URLS[0]):
        await StreamingService(config=StreamerConfig(market_assets=[token])).initialize()


def test_the_command_line_takes_the_same_addresses(tmp_path):
    with Sim(tmp_path) as sim:
        urls = dict(zip(URLS, (sim.told["rest"], sim.told["ws_market"], sim.told["ws_user"]), strict=True))
        done = omega("markets", "--json", "--venue", "polymarket", home=tmp_path, env=urls)
        assert (done.returncode, done.stderr) == (0, "")
        listed = [json.loads(line) for line in done.stdout.splitlines()]
        assert {one["venue"] for one in listed} == {"polymarket"}
        done = omega("book", listed[0]["id"], "--json", "--venue", "polymarket", home=tmp_path, env=urls)
        assert json.loads(done.stdout)["state"] == "VERIFIED"


def test_the_example_of_an_exchange_of_ones_own_runs_as_written(tmp_path):
    """One order through the unmodified library, and the truth about its fill."""
    blocks = re.findall(r"```python\n(import asyncio\n.*?)```", README.read_text(), re.DOTALL)
    [example] = [block for block in blocks if "import EmbeddedBitget" in block]
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert re.fullmatch(r"\d+ \[Decimal\('[\d.]+'\)\]\n", done.stdout), done.stdout
