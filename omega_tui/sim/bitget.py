"""The embedded Bitget: REST and both WebSockets of the v2 "classic" wire."""

from collections.abc import Sequence

from omega_tui.clock import Clock
from omega_tui.protocol.bitget.signing import BitgetCredentials
from omega_tui.sim.bitget_futures import FuturesDesk
from omega_tui.sim.bitget_keys import Keyring
from omega_tui.sim.bitget_mix import MixDesk
from omega_tui.sim.bitget_public import PublicDesk
from omega_tui.sim.bitget_pushes import Pushes
from omega_tui.sim.bitget_rest import Rest
from omega_tui.sim.bitget_sockets import Sockets
from omega_tui.sim.bitget_spot import SpotDesk
from omega_tui.sim.coin_records import OrderRecord
from omega_tui.sim.coin_venue import SECOND
from omega_tui.sim.coins import DEFAULT_COINS, CoinSpec
from omega_tui.sim.embedded_venue import EmbeddedVenue
from omega_tui.sim.faults import FaultKind


class EmbeddedBitget(EmbeddedVenue[BitgetCredentials]):
    """Bitget on loopback, spot and USDT futures; see `EmbeddedVenue`.

    Frames are chosen for a fault by `SPOT/books` as the path and the symbol as the asset, requests by
    `METHOD /api/v2/...`. `WRONG_HASH` needs `checksums`; a `DELAY` of no seconds swaps a frame with the next
    one of its channel; `TRADE_FAILED` is not for this venue. Half-open sockets: `freeze_sockets`, which takes
    `public` or `private`, as `kill_sockets` does.
    """

    hostname = "bitget.com"

    def __init__(  # noqa: PLR0913  (each is a setting of the venue)
        self,
        *,
        seed: int = 1,
        rate: float = 40.0,
        port: int = 0,
        clock: Clock | None = None,
        still: bool = False,
        checksums: bool = False,
        specs: Sequence[CoinSpec] = DEFAULT_COINS,
    ) -> None:
        """Prepare the venue; nothing listens yet.

        Args:
            seed: As for `EmbeddedVenue`, with the others.
            rate: As above.
            port: As above.
            clock: As above.
            still: As above.
            checksums: Whether books carry the crc32 that the venue used to send.
            specs: What is traded.

        Raises:
            SimError: The rate is out of bounds.
        """
        super().__init__(seed=seed, rate=rate, port=port, clock=clock, still=still, specs=specs)
        keys = Keyring(seed, checks_time=not still)
        pushes = Pushes(self.exchange)
        pushes.checksums = checksums
        rest = Rest(keys, self.faults, shown_ms=self._shown_ms, catch_up=self._catch_up, flush=self._flush)
        rest.public = PublicDesk(self.exchange, shown_ms=self._shown_ms).routes()
        spot, mix = (desk(self.exchange, hides=self._hides) for desk in (SpotDesk, MixDesk))
        for routes in (spot.routes(), mix.routes(), FuturesDesk(self.exchange).routes()):
            rest.private |= routes
        self._keys, self._rest, self._gate = keys, rest, rest.gate
        self._sockets = Sockets(
            self.exchange,
            self.faults,
            pushes,
            log_in=lambda login: keys.log_in(login, now_ms=self._shown_ms()),
            catch_up=self._catch_up,
        )

    def _hides(self, record: OrderRecord) -> bool:
        """Whether stale reads leave an order out."""
        stale = self.faults.standing(FaultKind.STALE_READ) if self.faults else None
        age_ns = self.exchange.venue.now_ns - record.created_ns
        return stale is not None and age_ns < stale.seconds * SECOND
