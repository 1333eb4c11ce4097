"""The file of the price alerts: read when the console starts, written anew with every change. Blocking."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from omega_tui.domain.alerts import MAX_ALERTS, PriceAlert
from omega_tui.errors import AlertsError
from omega_tui.private_files import make_private_folder, replace_private
from omega_tui.text import safe_text

FILE_NAME: Final = "alerts.json"
"""In the state folder."""
MAX_BYTES: Final = 256 * 1024
"""Many times what `MAX_ALERTS` take; more than this was not written here."""
VERSION: Final = 1


class _Kept(msgspec.Struct, forbid_unknown_fields=True):
    """The file: `v` is `VERSION`."""

    v: int
    alerts: tuple[PriceAlert, ...]


_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")
_DECODER: Final = msgspec.json.Decoder(_Kept)


def read_alerts(path: Path) -> tuple[PriceAlert, ...]:
    """Return the alerts of a file; none where there is no file. Those whose price is none are left out.

    Raises:
        AlertsError: It cannot be read, or is not ours. It is put aside, so that nothing is written over it.
    """
    try:
        with path.open("rb") as file:
            body = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise AlertsError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        kept = _DECODER.decode(body[:MAX_BYTES])
        if kept.v != VERSION:
            raise msgspec.ValidationError(f"version {kept.v}")
    except (msgspec.DecodeError, RecursionError) as error:
        aside = path.with_suffix(".unread")
        try:
            path.replace(aside)
        except OSError:
            aside = path
        raise AlertsError(f"{aside} is no file of price alerts: {safe_text(str(error))}") from error
    good = (one for one in kept.alerts if one.price.is_finite() and one.price > 0)
    return tuple(good)[:MAX_ALERTS]


def write_alerts(path: Path, alerts: Iterable[PriceAlert]) -> None:
    """Put these alerts in the place of those that are there; a crash leaves the one or the other.

    Raises:
        AlertsError: The disk refuses.
    """
    try:
        make_private_folder(path.parent)
        replace_private(path, _ENCODER.encode(_Kept(VERSION, tuple(alerts))))
    except OSError as error:
        raise AlertsError(f"{path} cannot be written: {error.strerror or error}") from error
