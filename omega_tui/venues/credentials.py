"""Where the credentials of a venue come from: a file, the environment, the keychain of the system.

In the keychain there is one entry per venue, and one that lists them: keychains cannot be searched.
"""

import asyncio
import logging
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec

from omega_tui.errors import ConfigError
from omega_tui.secret import Secret, checked_credential, take_secrets
from omega_tui.text import safe_text

FIELDS: Final[Mapping[str, str]] = {
    "api_key": "apiKey",
    "api_secret": "secret",
    "passphrase": "password",
    "uid": "uid",
    "private_key": "privateKey",
    "wallet_address": "walletAddress",
}
"""Our names of the parts of a credential, with the exchange library's."""

POLYMARKET: Final = "polymarket"
POLYMARKET_FIELDS: Final = ("private_key", "api_key", "api_secret", "passphrase")

KEYCHAIN: Final = "keychain"
SERVICE: Final = "omega-tui"
INDEX: Final = "(venues)"

_PLAIN: Final = ("keyrings.alt.file", "Plaintext")
"""Module and beginning of the class of a backend that writes what it keeps into a file as it is."""

_LOGGER = logging.getLogger(__name__)

_INSTEAD: Final = (
    "put the keys into a TOML file of mode 0600 (--keys FILE), or into OMEGA_<VENUE>_API_KEY and so on"
)


def fields_of(venue: str) -> Sequence[str]:
    """Return which parts a credential of a venue can have."""
    return POLYMARKET_FIELDS if venue == POLYMARKET else tuple(FIELDS)


def variables_of(venue: str) -> dict[str, str]:
    """Return the environment variable of each part, as `OMEGA_BITGET_API_KEY`."""
    prefix = f"OMEGA_{venue.upper().replace('-', '_')}"
    return {name: f"{prefix}_{name.upper()}" for name in fields_of(venue)}


async def find_credentials(
    venue: str, environ: MutableMapping[str, str], *, file: Path | None, account: str = ""
) -> dict[str, Secret]:
    """Return what is known of a venue's credentials, by our names; empty where nothing is.

    The environment counts before the file; the keychain is asked only if both say nothing. An account with a
    name of its own is looked for by that name first, and with a file never by the name of the exchange: the
    keys of another account must not be taken for its own.

    Args:
        venue: `polymarket`, or the exchange library's id.
        environ: They are removed from it.
        file: TOML of mode 0600; None where there is none.
        account: The trader's name of the account, where several are at one exchange.

    Raises:
        ConfigError: A file is not private, or something in it or elsewhere is malformed.
    """
    for name in dict.fromkeys((account or venue, venue)):
        found = take_secrets(environ, file=file, variables=variables_of(name))
        if found or file is not None:
            return found
        found = await asyncio.to_thread(_kept_if_any, name)
        if found:
            return found
    return {}


def _kept_if_any(venue: str) -> dict[str, Secret]:
    if why_no_keychain():
        return {}  # That is no finding of a trader who never used one; `doctor` tells of it.
    try:
        return kept(venue)
    except ConfigError as error:
        _LOGGER.warning("No keys of %s were taken from the %s", venue, error)
        return {}


# ---------------------------------------------------------------------------------------------- the keychain


def why_no_keychain() -> str:
    """Return why there is no usable keychain, as a sentence; empty where there is one."""
    try:
        _keyring()
    except ConfigError as error:
        return f"{error.found}; {error.allowed}"
    return ""


def keychain_name() -> str:
    """Return what the keychain calls itself, as `SecretService Keyring`.

    Raises:
        ConfigError: There is no usable keychain.
    """
    return safe_text(str(getattr(_backend(), "name", "keychain")), max_cells=60)


def is_plain() -> bool:
    """Whether what is kept lies in a file that anybody can read who can read the files of this user.

    Raises:
        ConfigError: There is no usable keychain.
    """
    kind, (module, beginning) = type(_backend()), _PLAIN
    return kind.__module__ == module and kind.__name__.startswith(beginning)


def kept_venues() -> list[str]:
    """Return the venues that have an entry.

    Raises:
        ConfigError: There is no usable keychain.
    """
    text = _get(INDEX)
    if text is None:
        return []
    try:
        return msgspec.json.decode(text, type=list[str])
    except msgspec.MsgspecError as error:
        raise _damaged(INDEX) from error


def kept(venue: str) -> dict[str, Secret]:
    """Return the entry of a venue; empty where it has none.

    Raises:
        ConfigError: There is no usable keychain, or the entry is not ours.
    """
    text = _get(venue)
    if text is None:
        return {}
    try:
        parts = msgspec.json.decode(text, type=dict[str, str])
    except msgspec.MsgspecError:
        raise _damaged(venue) from None  # The cause would quote the secret.
    return {name: checked_credential(name, value, source=KEYCHAIN, key=name) for name, value in parts.items()}


def keep(venue: str, parts: Mapping[str, Secret]) -> None:
    """Write the entry of a venue, in the place of one that is there.

    Raises:
        ConfigError: There is no usable keychain.
    """
    _set(venue, msgspec.json.encode({name: part.reveal() for name, part in parts.items()}).decode())
    _set(INDEX, msgspec.json.encode(sorted({*kept_venues(), venue})).decode())


def forget(venue: str) -> bool:
    """Remove the entry of a venue; return whether there was one.

    Raises:
        ConfigError: There is no usable keychain.
    """
    venues = kept_venues()
    if venue not in venues and _get(venue) is None:
        return False
    keyring = _keyring()
    try:
        keyring.delete_password(SERVICE, venue)
    except keyring.errors.KeyringError as error:
        raise _refused(error) from None
    _set(INDEX, msgspec.json.encode([one for one in venues if one != venue]).decode())
    return True


def _keyring() -> ModuleType:
    try:
        import keyring  # noqa: PLC0415 - optional: the extra `keys`
        import keyring.errors  # noqa: PLC0415 - as above
    except ImportError:
        raise _none("the package keyring is not installed", "pip install 'omega-tui[keys]'") from None
    backend = keyring.get_keyring()
    if type(backend).__module__.startswith(("keyring.backends.fail", "keyring.backends.null")):
        raise _none("this system offers no keychain", "set one up (Secret Service, KWallet, macOS, Windows)")
    module: ModuleType = keyring
    return module


def _backend() -> object:
    """Return the backend that takes what is kept: of several in a chain the first."""
    backend = _keyring().get_keyring()
    chained = getattr(backend, "backends", None)
    return chained[0] if chained else backend


def _get(name: str) -> str | None:
    keyring = _keyring()
    try:
        text: str | None = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise _refused(error) from None
    return text


def _set(name: str, text: str) -> None:
    keyring = _keyring()
    try:
        keyring.set_password(SERVICE, name, text)
    except keyring.errors.KeyringError as error:
        raise _refused(error) from None


def _none(found: str, remedy: str) -> ConfigError:
    return ConfigError(source=KEYCHAIN, key="keyring", found=found, allowed=f"{remedy}, or {_INSTEAD}")


def _refused(error: Exception) -> ConfigError:
    found = f"the keychain refuses ({type(error).__name__}: {safe_text(str(error), max_cells=80)})"
    return ConfigError(source=KEYCHAIN, key="keyring", found=found, allowed=f"unlock it, or {_INSTEAD}")


def _damaged(name: str) -> ConfigError:
    allowed = f"remove and add it again: omega-tui keys remove {name}"
    return ConfigError(source=KEYCHAIN, key=name, found="an entry that is not ours", allowed=allowed)
