"""Who may trade at the embedded exchange: test wallets derived from the seed, worth nothing anywhere."""

import base64
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from omega_tui.protocol.polymarket.auth import ApiCredentials, address_of
from omega_tui.secret import Secret

TRADERS: Final = ("trader", "second")
"""The accounts that start with money."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Everything that one trader signs with.

    Attributes:
        name: As `trader`.
        private_key: 0x and 64 digits.
        address: Of the key.
        credentials: Those of nonce 0.
    """

    name: str
    private_key: Secret
    address: str
    credentials: ApiCredentials


def identity(name: str, seed: int) -> Identity:
    """Return the trader of that name, the same for the same seed."""
    key = Secret("0x" + sha256(f"omega-tui embedded exchange:{seed}:{name}".encode()).hexdigest())
    address = address_of(key)
    return Identity(name, key, address, credentials_of(address, nonce=0, seed=seed))


def credentials_of(address: str, *, nonce: int, seed: int) -> ApiCredentials:
    """Return the API credentials that the venue gives to `address` for `nonce`, always the same ones."""
    digest = {
        part: sha256(f"{seed}:{address.lower()}:{nonce}:{part}".encode()).digest()
        for part in ("key", "secret", "passphrase")
    }
    text = digest["key"].hex()
    return ApiCredentials(
        api_key=f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}",
        secret=Secret(base64.urlsafe_b64encode(digest["secret"]).decode()),
        passphrase=Secret(digest["passphrase"].hex()),
    )


class Keyring:
    """The API keys that the venue has given out."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, tuple[str, ApiCredentials]] = {}
        self._new: list[tuple[str, int]] = []

    def create(self, address: str, nonce: int) -> ApiCredentials | None:
        """Give `address` credentials for `nonce`; None when it has them already."""
        credentials = credentials_of(address, nonce=nonce, seed=self._seed)
        if credentials.api_key in self._keys:
            return None
        self._keys[credentials.api_key] = (address, credentials)
        self._new.append((address, nonce))
        return credentials

    def take_new(self) -> list[tuple[str, int]]:
        """Return (address, nonce) of the keys given out since the last call."""
        new, self._new = self._new, []
        return new

    def derive(self, address: str, nonce: int) -> ApiCredentials | None:
        """Return the credentials that `address` has for `nonce`; None when it never got them."""
        found = self._keys.get(credentials_of(address, nonce=nonce, seed=self._seed).api_key)
        return None if found is None else found[1]

    def delete(self, api_key: str) -> None:
        """Take a key away."""
        self._keys.pop(api_key, None)

    def find(self, api_key: str) -> tuple[str, ApiCredentials] | None:
        """Return the address and the credentials of a key."""
        return self._keys.get(api_key)

    def address_of(self, api_key: str) -> str:
        """Return whose key it is; empty for nobody's."""
        found = self._keys.get(api_key)
        return "" if found is None else found[0]

    def keys_of(self, address: str) -> list[str]:
        """Return the keys of an address."""
        return [key for key, (owner, _) in self._keys.items() if owner == address]

    def is_known(self, api_key: str, secret: str, passphrase: str) -> bool:
        """Whether the three belong together and to somebody."""
        found = self._keys.get(api_key)
        if found is None or not secret or not passphrase:
            return False
        _, credentials = found
        return credentials.secret == Secret(secret) and credentials.passphrase == Secret(passphrase)
