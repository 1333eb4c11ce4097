"""Who may use the embedded Bitget: test keys derived from the seed, worth nothing anywhere."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from omega_tui.protocol.bitget.refusals import (
    KEY_INVALID,
    KEY_MISSING,
    PASSPHRASE_MISSING,
    PASSPHRASE_WRONG,
    SIGN_MISSING,
    SIGN_WRONG,
    TIMESTAMP_EXPIRED,
    TIMESTAMP_INVALID,
    WS_KEY_INVALID,
    WS_PASSPHRASE_WRONG,
    WS_SIGN_WRONG,
    WS_TIMESTAMP_EXPIRED,
    WS_TIMESTAMP_INVALID,
)
from omega_tui.protocol.bitget.session import Login
from omega_tui.protocol.bitget.signing import (
    BitgetCredentials,
    is_same_signature,
    login_signature,
    rest_signature,
)
from omega_tui.secret import Secret
from omega_tui.sim.embedded_venue import SECOND_ACCOUNT, TRADER
from omega_tui.sim.rest_gate import Asked

WINDOW_MS: Final = 30_000
"""How far a request's time may be from the venue's (Bitget docs, "Signature")."""

USER_ID: Final = "7264631750"
"""Every account has the same number of a user; nothing depends on it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One API key.

    Attributes:
        credentials: What its owner has.
        account: Whose.
        may_trade: False for a key that only reads.
    """

    credentials: BitgetCredentials
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
        every = (self.trader, self.reader, self.second)
        self._keys = {key.credentials.api_key: key for key in every}

    def identify(self, asked: Asked, *, now_ms: int) -> Key:
        """Return the key that signed a request.

        Raises:
            VenueRefused: None did, or its time is off.
        """
        headers = asked.headers
        name, sign = headers.get("ACCESS-KEY", ""), headers.get("ACCESS-SIGN", "")
        timestamp, phrase = headers.get("ACCESS-TIMESTAMP", ""), headers.get("ACCESS-PASSPHRASE", "")
        for given, refusal in ((name, KEY_MISSING), (sign, SIGN_MISSING), (phrase, PASSPHRASE_MISSING)):
            if not given:
                raise refusal.error()
        if not _is_time(timestamp):
            raise TIMESTAMP_INVALID.error()
        key = self._keys.get(name)
        if key is None:
            raise KEY_INVALID.error()
        if self._checks_time and abs(int(timestamp) - now_ms) > WINDOW_MS:
            raise TIMESTAMP_EXPIRED.error()
        if Secret(phrase) != key.credentials.passphrase:
            raise PASSPHRASE_WRONG.error()
        # The query is signed as its owner thinks of it, not percent-encoded; where nothing needs encoding
        # both are the same.
        made = (
            rest_signature(
                key.credentials.secret,
                timestamp_ms=timestamp,
                method=asked.method,
                path=asked.path,
                query=query,
                body=asked.body,
            )
            for query in (unquote(asked.query), asked.query)
        )
        if not any(is_same_signature(one, sign) for one in made):
            raise SIGN_WRONG.error()
        return key

    def log_in(self, login: Login, *, now_ms: int) -> str | int:
        """Return the account of a login on a WebSocket, or the code of the refusal."""
        key = self._keys.get(login.api_key)
        if key is None:
            return WS_KEY_INVALID
        if not login.passphrase or Secret(login.passphrase) != key.credentials.passphrase:
            return WS_PASSPHRASE_WRONG
        if not _is_time(login.timestamp_s):
            return WS_TIMESTAMP_INVALID
        if self._checks_time and abs(int(login.timestamp_s) * 1_000 - now_ms) > WINDOW_MS:
            return WS_TIMESTAMP_EXPIRED
        sign = login_signature(key.credentials.secret, timestamp_s=login.timestamp_s)
        return key.account if is_same_signature(sign, login.sign) else WS_SIGN_WRONG


def account_info(key: Key) -> dict[str, object]:
    """Return what the venue says of a key: codes of what it may read (`r`) and change (`w`)."""
    areas = ("sto", "coo", "cpo")
    suffixes = ("r", "w") if key.may_trade else ("r",)
    return {
        "userId": USER_ID,
        "inviterId": "",
        "ips": "",
        "authorities": [area + suffix for area in areas for suffix in suffixes],
        "parentId": 0,
        "traderType": "not_trader",
        "channelCode": "",
        "channel": "",
        "regisTime": "1600000000000",
    }


def _key(account: str, purpose: str, seed: int, *, may_trade: bool = True) -> Key:
    digest = {
        part: sha256(f"omega-tui embedded bitget:{seed}:{account}:{purpose}:{part}".encode()).hexdigest()
        for part in ("key", "secret", "passphrase")
    }
    credentials = BitgetCredentials(
        f"bg_{digest['key'][:32]}", Secret(digest["secret"]), Secret(digest["passphrase"][:16])
    )
    return Key(credentials, account, may_trade)


def _is_time(text: str) -> bool:
    return text.isdecimal() and len(text) <= 16
