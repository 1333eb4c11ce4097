"""Who may use the embedded Binance: test keys derived from the seed, worth nothing anywhere."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from omega_tui.protocol.binance.refusals import (
    KEY_FORMAT,
    KEY_INVALID,
    MISSING,
    SIGN_WRONG,
    TIME_AHEAD,
    TIME_EXPIRED,
    WINDOW_TOO_LONG,
)
from omega_tui.protocol.binance.signing import SIGNATURE, BinanceCredentials, is_same_signature, signature
from omega_tui.secret import Secret
from omega_tui.sim.binance_params import Params
from omega_tui.sim.embedded_venue import SECOND_ACCOUNT, TRADER

WINDOW_MS: Final = 5_000
"""How old a request may be where it does not say (Binance docs, "Timing security")."""

MAX_WINDOW_MS: Final = 60_000
AHEAD_MS: Final = 1_000
"""How far ahead of the venue's time a request may be."""


@dataclass(frozen=True, slots=True)
class Key:
    """One API key.

    Attributes:
        credentials: What its owner has.
        account: Whose.
        may_trade: False for a key that only reads.
    """

    credentials: BinanceCredentials
    account: str
    may_trade: bool


class Keyring:
    """Every key of the venue.

    Attributes:
        trader: Of the account with money.
        reader: Of the same account; only reads.
        second: Of another account with money.
    """

    def __init__(self, seed: int, *, checks_time: bool) -> None:
        self._checks_time = checks_time
        self.trader = _key(TRADER, "trade", seed)
        self.reader = _key(TRADER, "read", seed, may_trade=False)
        self.second = _key(SECOND_ACCOUNT, "trade", seed)
        self._keys = {key.credentials.api_key: key for key in (self.trader, self.reader, self.second)}

    def known(self, api_key: str) -> Key:
        """Return the key of a request that needs no signature.

        Raises:
            VenueRefused: There is none of that name.
        """
        if not api_key:
            raise KEY_FORMAT.error()
        key = self._keys.get(api_key)
        if key is None:
            raise KEY_INVALID.error()
        return key

    def identify(self, api_key: str, payload: str, params: Params, *, now_ms: int) -> Key:
        """Return the key that signed a request.

        Args:
            api_key: Named by the request.
            payload: What is signed.
            params: Of the request.
            now_ms: The venue's time.

        Raises:
            VenueRefused: None did, or its time is off.
        """
        key = self.known(api_key)
        if "timestamp" not in params:
            raise MISSING.error("timestamp")
        sent_ms = params.integer("timestamp", 0)
        window_ms = params.integer("recvWindow", WINDOW_MS)
        if window_ms > MAX_WINDOW_MS:
            raise WINDOW_TOO_LONG.error()
        given = params.text(SIGNATURE)
        if self._checks_time and sent_ms >= now_ms + AHEAD_MS:
            raise TIME_AHEAD.error()
        if self._checks_time and now_ms - sent_ms > window_ms:
            raise TIME_EXPIRED.error()
        if not is_same_signature(signature(key.credentials.secret, payload), given):
            raise SIGN_WRONG.error()
        return key


def _key(account: str, purpose: str, seed: int, *, may_trade: bool = True) -> Key:
    name, secret = (
        sha256(f"omega-tui embedded binance:{seed}:{account}:{purpose}:{part}".encode()).hexdigest()
        for part in ("key", "secret")
    )
    return Key(BinanceCredentials(name, Secret(secret)), account, may_trade)
