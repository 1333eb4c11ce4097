"""One socket of the market feed with the tokens on it, and which socket a token belongs on."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from omega_tui.domain.integrity import ConnectionState
from omega_tui.protocol.polymarket.market import MarketProtocol
from omega_tui.venues.socket_ending import Ending
from omega_tui.venues.websocket import Pump


@dataclass(slots=True, eq=False)
class MarketShard:
    """One socket of the market feed.

    Attributes:
        number: From 1, for people.
        protocol: Keeps the books of its tokens.
        pump: Keeps it connected.
        groups: How many markets have a token here: each has, or may get, two.
        task: Serves it; None while the stream does not run.
        ending: Why it stopped for good; None while it serves.
        wake: Set when a stopped shard is to try again.
        was_up: Whether it was in sync since the last loss was told.
        lost_mono_ns: When the connection was lost; None while it is there.
        frames_sampled: Frames received when its lag was last sampled.
        data_frames: Frames with data that were counted at the last comparison with REST; -1 before the first.
    """

    number: int
    protocol: MarketProtocol
    pump: Pump
    groups: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None
    ending: Ending | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    was_up: bool = False
    lost_mono_ns: int | None = None
    frames_sampled: int = 0
    data_frames: int = -1

    @property
    def is_up(self) -> bool:
        """Whether its books come in."""
        return self.pump.state is ConnectionState.UP

    def count_data_frames(self) -> int:
        """Return how many frames with data it has received so far."""
        stats = self.protocol.stats
        return stats.frames - sum(stats.control_frames.values())


class Placement:
    """Which token is on which shard. Both of a market go together: prints of either are in both's hashes.

    A market whose second token is not known yet keeps its place free.
    """

    def __init__(self, tokens_per_socket: int) -> None:
        self._groups_per_socket = max(1, tokens_per_socket // 2)
        self._shard_of: dict[str, MarketShard] = {}
        self._group_of: dict[str, str] = {}

    def __getitem__(self, token: str) -> MarketShard:
        return self._shard_of[token]

    def __contains__(self, token: object) -> bool:
        return token in self._shard_of

    def get(self, token: str) -> MarketShard | None:
        """Return the shard of a token; None when it has none."""
        return self._shard_of.get(token)

    def choose(self, complement: str | None, shards: Iterable[MarketShard]) -> MarketShard | None:
        """Return where a new token belongs; None when another shard is needed."""
        if complement is not None and complement in self._shard_of:
            return self._shard_of[complement]
        return next((shard for shard in shards if len(shard.groups) < self._groups_per_socket), None)

    def put(self, token: str, complement: str | None, shard: MarketShard) -> None:
        """Note where a token is."""
        group = self._group_of.get(complement, token) if complement is not None else token
        self._shard_of[token] = shard
        self._group_of[token] = group
        shard.groups.add(group)

    def remove(self, token: str) -> MarketShard:
        """Forget a token; return the shard that it was on."""
        shard = self._shard_of.pop(token)
        group = self._group_of.pop(token)
        if group not in self._group_of.values():
            shard.groups.discard(group)
        return shard
