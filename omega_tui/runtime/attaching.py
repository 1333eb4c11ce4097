"""Finding the engines on a bus: who is there, and a screen's link to one of them."""

import asyncio
import secrets

from redis.asyncio import Redis

from omega_tui.bus.card import Card, decode_card
from omega_tui.bus.names import Names
from omega_tui.bus.redis_bus import RedisBus
from omega_tui.bus.redis_server import TROUBLES, RedisAddress, words
from omega_tui.clock import SystemClock
from omega_tui.config.loading import LoadedConfig
from omega_tui.errors import BusError, ConfigError, RemoteProtocolError
from omega_tui.runtime.attached import AttachedBackend
from omega_tui.runtime.bus_access import bus_address, bus_choice, bus_key
from omega_tui.secret import Redactor
from omega_tui.text import safe_text

ATTACH_TRIES = 12
ATTACH_PAUSE_S = 0.25
"""How long an engine that is not there yet is waited for."""

MOST_PROCESSES = 1_000
"""Processes that are looked at; more do not share one bus."""


def needed_address(loaded: LoadedConfig, flag: str | None) -> RedisAddress:
    """Return where the server is.

    Raises:
        ConfigError: Nothing says so, or it is no such address.
    """
    address = bus_address(loaded, flag=flag or None)
    if address is None:
        raise ConfigError(
            source="configuration",
            key="bus.url",
            found="no Redis server",
            allowed="--bus redis://127.0.0.1:6379/0, the setting bus.url, or the variable OMEGA_REDIS_URL",
        )
    return address


def attach(loaded: LoadedConfig, flag: str | None, engine: str, redactor: Redactor) -> AttachedBackend:
    """Return the backend of a screen on a running engine.

    Raises:
        ConfigError: The address or the key is wrong, or there is none.
        BusError: The server does not answer, or has no such engine.
    """
    address, key = needed_address(loaded, flag), bus_key(loaded)
    cards = asyncio.run(_wait_for(engine, address, loaded.config.bus.prefix))
    card = next((one for one in cards if one.process == engine), None)
    if card is None:
        there = ", ".join(one.process for one in cards) or "none"
        raise BusError(
            f"no engine called {safe_text(engine, max_cells=40)} is on {address.shown} "
            f"(there are: {there}); start one with `omega-tui engine`"
        )
    choice = bus_choice(
        loaded, address, redactor, process=f"screen-{secrets.token_hex(3)}", key=key, follow=(engine,)
    )
    return AttachedBackend(RedisBus(choice, SystemClock()), card)


async def _wait_for(engine: str, address: RedisAddress, space: str) -> list[Card]:
    """Return the cards once `engine` is among them, or as they are after a while: it may be starting."""
    for _ in range(ATTACH_TRIES):
        cards = await find_cards(address, space)
        if any(card.process == engine for card in cards):
            break
        await asyncio.sleep(ATTACH_PAUSE_S)
    return cards


async def find_cards(address: RedisAddress, space: str) -> list[Card]:
    """Return what every process on a bus says of itself, by name.

    Seals are not looked at: nothing is traded on it.

    Raises:
        BusError: The server does not answer.
    """
    client = address.client(answer_s=2.0)
    try:
        return await _cards(client, Names(space))
    except TROUBLES as error:
        raise BusError(f"{words(error)} at {address.shown}") from error
    finally:
        await client.aclose()


async def _cards(client: Redis, names: Names) -> list[Card]:
    keys = []
    async for key in client.scan_iter(match=names.every_card, count=MOST_PROCESSES):
        keys.append(key)
        if len(keys) >= MOST_PROCESSES:
            break
    cards = []
    for text in await client.mget(keys) if keys else ():
        try:
            cards.append(decode_card(text if isinstance(text, bytes) else b""))
        except RemoteProtocolError:
            continue  # It ended in this moment, or is of another program.
    return sorted(cards, key=lambda card: card.process)
