"""How this process gets to the bus that was configured: address, name and key, and where they came from."""

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

from omega_tui.bus.redis_bus import BusChoice
from omega_tui.bus.redis_server import RedisAddress, parse_address
from omega_tui.config.loading import LoadedConfig
from omega_tui.errors import ConfigError
from omega_tui.private_files import create_private
from omega_tui.secret import BUS_KEY, BUS_URL, Redactor, Secret, read_secret_file

SHORTEST_KEY: Final = 16
"""Characters of a shared key; a shorter one could be guessed."""


def bus_address(
    loaded: LoadedConfig, *, flag: str | None = None, environ: MutableMapping[str, str] = os.environ
) -> RedisAddress | None:
    """Return where the server is: by `--bus`, else the environment, else the configuration; None for nowhere.

    Raises:
        ConfigError: It is no address of a server, or tells a password where others can read it.
    """
    secret = environ.pop(BUS_URL, "")
    if flag is not None:
        return parse_address(flag, source="flag", key="--bus", may_hold_secret=False)
    if secret:
        return parse_address(secret, source="environment", key=BUS_URL, may_hold_secret=True)
    url = loaded.config.bus.url
    if not url:
        return None
    return parse_address(url, source=loaded.sources["bus.url"], key="bus.url", may_hold_secret=False)


def bus_key(loaded: LoadedConfig, *, environ: MutableMapping[str, str] = os.environ) -> Secret | None:
    """Return the key that is shared with other processes; None where there is none.

    Raises:
        ConfigError: The file is not private, or the key is too short.
    """
    text = environ.pop(BUS_KEY, "")
    path = loaded.config.bus.key_file
    if text:
        key, source = Secret(text), BUS_KEY
    elif path:
        key, source = read_secret_file(Path(path).expanduser()), path
    else:
        return None
    if len(key.reveal()) < SHORTEST_KEY:
        allowed = f"at least {SHORTEST_KEY} characters"
        raise ConfigError(source=source, key="bus.key_file", found="a short key", allowed=allowed)
    return key


def bus_choice(  # noqa: PLR0913 - what a process may want of a bus
    loaded: LoadedConfig,
    address: RedisAddress,
    redactor: Redactor,
    *,
    process: str,
    key: Secret | None,
    accepts_commands: bool = False,
    follow: tuple[str, ...] = (),
    wants_raw: bool = False,
    venue: str = "",
    is_live: bool = False,
) -> BusChoice:
    """Return how this process is on the bus; the redactor learns what must not be shown."""
    for secret in (*address.known(), *(() if key is None else (key,))):
        redactor.add(secret)
    bus = loaded.config.bus
    return BusChoice(
        address,
        process,
        bus.prefix,
        key=key,
        accepts_commands=accepts_commands,
        follow=follow,
        wants_raw=wants_raw,
        pack_s=bus.pack_ms / 1_000,
        venue=venue,
        is_live=is_live,
    )


def write_new_key(path: Path) -> None:
    """Write a new random key into a file that only its owner can read; one that is there stays as it is.

    Raises:
        ConfigError: There is something of that name, or it cannot be written.
    """
    if path.exists() or path.is_symlink():
        raise ConfigError(
            source="flag", key="--new-key", found=f"{path}, which is there already", allowed="a new file"
        )
    try:
        with create_private(path) as file:
            file.write(os.urandom(32).hex().encode() + b"\n")
    except OSError as error:
        raise ConfigError(
            source="flag",
            key="--new-key",
            found=f"{path}: {error.strerror}",
            allowed="a file that can be written",
        ) from error
