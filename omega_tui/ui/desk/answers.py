"""Answers of an engine: values where it runs in this process, JSON where it runs in another one. Pure."""

from typing import Any, TypeVar, get_origin

import msgspec

from omega_tui.errors import BusError

T = TypeVar("T")


def read_as(answer: object, kind: type[T]) -> T | None:
    """Return an answer as a value of a kind, as `Tip` or `tuple[Quiz, ...]`; None where there is none.

    Raises:
        BusError: It came from another process and is no such value.
    """
    origin: Any = get_origin(kind) or kind
    if isinstance(answer, origin):
        return answer  # type: ignore[no-any-return]  # checked just now, but for what a container holds
    if isinstance(answer, msgspec.Raw) and bytes(answer) != b"null":
        try:
            return msgspec.json.decode(answer, type=kind)
        except msgspec.MsgspecError as error:
            raise BusError(f"the engine's answer cannot be read: {error}") from error
    return None
