"""What changed at a venue, written into its store."""

from typing import Final

from omega_tui.sim.identity import Keyring
from omega_tui.sim.records import SECOND
from omega_tui.sim.store import StateStore
from omega_tui.sim.venue import Venue

KEEP_NS: Final = 2 * SECOND
"""How often the markets' prices are kept."""


class KeptVenue:
    """A venue that survives a restart: the one writer of its store."""

    def __init__(self, store: StateStore, venue: Venue, keys: Keyring) -> None:
        self._store = store
        self._venue = venue
        self._keys = keys
        self._markets_kept_ns: int | None = None

    def open(self) -> None:
        """Open the store and write what it has not.

        Raises:
            SimError: It cannot be written.
        """
        self._store.open()
        self.write_changes()

    def close(self) -> None:
        """Flush and let go."""
        self._store.close()

    def write_changes(self) -> None:
        """Write what has changed since this was last called, and hand it to the system."""
        store, clearing, now_ns = self._store, self._venue.clearing, self._venue.now_ns
        for name in clearing.touched:
            if name in clearing.orders:
                store.put("order", clearing.orders[name])
            elif name in clearing.trades:
                store.put("trade", clearing.trades[name])
            elif name.startswith("0x"):
                store.put("account", {"address": name, "assets": clearing.ledger[name].assets})
        is_due = self._markets_kept_ns is None or now_ns - self._markets_kept_ns >= KEEP_NS
        if is_due:
            self._markets_kept_ns = now_ns
            for market in self._venue.market_states():
                store.put("market", market)
        for address, nonce in self._keys.take_new():
            store.put("key", {"address": address, "nonce": nonce})
        if is_due or clearing.touched:
            store.flush()
        clearing.touched.clear()
