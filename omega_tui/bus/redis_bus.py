"""A bus whose events other processes can read: the local one, with an outlet.

Delivery here stays synchronous and never depends on the server; what the server does not take in time is
counted by the outlet.
"""

import secrets
from dataclasses import dataclass

from omega_tui.bus.local import LocalBus, LocalSubscription
from omega_tui.bus.names import Names
from omega_tui.bus.redis_outlet import RAW_EVENTS, Outlet
from omega_tui.bus.redis_server import RedisAddress
from omega_tui.bus.redis_store import RedisCache, RedisState
from omega_tui.bus.redis_time import ServerTime
from omega_tui.clock import Clock
from omega_tui.domain.events.base import Event
from omega_tui.secret import Secret


@dataclass(frozen=True, slots=True)
class BusChoice:
    """How a process is on the bus.

    Attributes:
        address: The server.
        process: Our name there; one running process has it at a time.
        space: The prefix of everything on the server.
        key: Shared with who may send us requests and believes what we tell; None: neither.
        accepts_commands: Whether requests are carried out; needs the key.
        follow: Processes whose events are delivered here.
        wants_raw: Whether the raw market events of those are wanted too.
        pack_s: Events that come within this time go out together.
        venue: Where new orders go first; empty for a process without venues.
        is_live: Whether real money is behind that.
    """

    address: RedisAddress
    process: str
    space: str
    key: Secret | None = None
    accepts_commands: bool = False
    follow: tuple[str, ...] = ()
    wants_raw: bool = False
    pack_s: float = 0.005
    venue: str = ""
    is_live: bool = False

    def key_bytes(self) -> bytes | None:
        """Return the key as the seal wants it."""
        return None if self.key is None else self.key.reveal().encode()


class RedisBus:
    """See `bus.base.EventBus`. `publish` may be called from any thread.

    Attributes:
        choice: How this process is on the bus.
        names: What things are called on the server.
        origin: This run, unique for ever.
        time: The server's clock.
        outlet: The way out; somebody must run it.
        client: For what is asked of the server now and then; whoever runs the link closes it.
        state: The shared state on the server.
        cache: The cache on the server.
    """

    def __init__(self, choice: BusChoice, clock: Clock) -> None:
        self.choice = choice
        self.names = Names(choice.space)
        self.origin = secrets.token_hex(8)
        self.time = ServerTime(clock)
        self.outlet = Outlet(
            self.names,
            choice.process,
            self.origin,
            clock=clock,
            time=self.time,
            key=choice.key_bytes(),
            pack_s=choice.pack_s,
        )
        self.client = choice.address.client()
        self.state = RedisState(self.client, self.names)
        self.cache = RedisCache(self.client, self.names)
        self._local = LocalBus()

    def publish(self, event: Event) -> None:
        self._local.publish(event)
        self.outlet.put(event)

    def take_in(self, event: Event) -> None:
        """Deliver an event of another process here; it does not go out again."""
        self._local.publish(event)

    def subscribe(self, *types: type[Event], limit: int = 10_000) -> LocalSubscription:
        return self._local.subscribe(*types, limit=limit)

    def has_readers(self, event_type: type[Event]) -> bool:
        carried = event_type not in RAW_EVENTS or self.outlet.wants_raw
        return carried or self._local.has_readers(event_type)
