"""The embedded Binance: REST and the WebSockets of the spot exchange."""

from collections.abc import Sequence

from omega_tui.clock import Clock
from omega_tui.errors import SimError
from omega_tui.protocol.binance.signing import BinanceCredentials
from omega_tui.sim.binance_coins import BINANCE_COINS
from omega_tui.sim.binance_keys import Keyring
from omega_tui.sim.binance_order_index import OrderIndex
from omega_tui.sim.binance_orders import OrderDesk
from omega_tui.sim.binance_public import PublicDesk
from omega_tui.sim.binance_pushes import Pushes
from omega_tui.sim.binance_rest import Rest
from omega_tui.sim.binance_sockets import Sockets
from omega_tui.sim.coins import CoinSpec
from omega_tui.sim.embedded_venue import EmbeddedVenue


class EmbeddedBinance(EmbeddedVenue[BinanceCredentials]):
    """Binance on loopback, spot; see `EmbeddedVenue`.

    Frames are chosen for a fault by the channel (`depth@100ms`) or by the kind of a user's event
    (`executionReport`) as the path and the symbol as the asset, requests by `METHOD /api/v3/...`. Half-open
    sockets: `freeze_sockets`, which takes `streams` or `user`, as `kill_sockets` does.
    """

    def __init__(  # noqa: PLR0913  (each is a setting of the venue)
        self,
        *,
        seed: int = 1,
        rate: float = 40.0,
        port: int = 0,
        clock: Clock | None = None,
        still: bool = False,
        specs: Sequence[CoinSpec] = BINANCE_COINS,
    ) -> None:
        """Prepare the venue; nothing listens yet. The arguments are those of `EmbeddedVenue`.

        Raises:
            SimError: The rate is out of bounds, or there is something else than spot.
        """
        if any(spec.key.is_perpetual for spec in specs):
            raise SimError("the embedded Binance trades spot only")
        super().__init__(seed=seed, rate=rate, port=port, clock=clock, still=still, specs=specs)
        keys = Keyring(seed, checks_time=not still)
        rest = Rest(keys, self.faults, shown_ms=self._shown_ms, catch_up=self._catch_up, flush=self._flush)
        index = OrderIndex(self.exchange.venue.orders, self.exchange.plans.plans)
        sockets = Sockets(
            self.exchange, self.faults, Pushes(self.exchange, index), rest, catch_up=self._catch_up
        )
        rest.served = (
            PublicDesk(self.exchange, shown_ms=self._shown_ms).routes()
            | OrderDesk(self.exchange, index).routes()
            | sockets.user_routes()
        )
        self._keys, self._rest, self._gate, self._sockets = keys, rest, rest.gate, sockets
