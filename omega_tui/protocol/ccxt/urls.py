"""Pointing a ccxt exchange at a loopback server: the one place that knows how its `urls` are built."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

REQUESTED: Final = frozenset({"api", "test", "demo"})
"""Entries of `urls` from which requests are made; the others are for reading (logo, documentation, fees)."""

_SCHEMES: Final = {"http": "http", "https": "http", "ws": "ws", "wss": "ws"}


def loopback_urls(urls: Mapping[str, Any], base: str, *, hostname: str = "") -> dict[str, Any]:
    """Return `urls` with every address that is requested on one server, told apart by the original host.

    `https://api.bitget.com/x` becomes `http://127.0.0.1:PORT/api.bitget.com/x`, and `wss://` becomes `ws://`.

    Args:
        urls: Of a ccxt exchange, after its construction; not changed.
        base: As `http://127.0.0.1:PORT`; its scheme does not matter.
        hostname: What `{hostname}` in them stands for: the exchange's `hostname`.

    Raises:
        ValueError: `base` has no host.
    """
    where = urlsplit(base)
    if not where.netloc:
        raise ValueError(f"{base!r} is not the address of a server")
    return {
        name: _moved(entry, where.netloc, hostname) if name in REQUESTED else entry
        for name, entry in urls.items()
    }


def _moved(entry: Any, netloc: str, hostname: str) -> Any:  # noqa: ANN401  (any depth of any JSON)
    if isinstance(entry, str):
        parts = urlsplit(entry.replace("{hostname}", hostname))
        scheme = _SCHEMES.get(parts.scheme)
        if scheme is None or not parts.netloc:
            return entry
        query = f"?{parts.query}" if parts.query else ""
        return f"{scheme}://{netloc}/{parts.netloc}{parts.path}{query}"
    if isinstance(entry, Mapping):
        return {name: _moved(inner, netloc, hostname) for name, inner in entry.items()}
    if isinstance(entry, Sequence):
        return [_moved(inner, netloc, hostname) for inner in entry]
    return entry
