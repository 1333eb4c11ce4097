"""What every event on the bus has in common: its word, and how it may be buffered.

With `lossless` every one of them is delivered; otherwise the latest per `key` is enough.
"""

from typing import ClassVar

from msgspec import Struct


class Event(Struct, frozen=True):
    """Something that happened. It cannot be refused, and it is never changed."""

    kind: ClassVar[str] = ""
    """The stable word for it in JSON and filters."""
    lossless: ClassVar[bool] = True
    """Whether every one of them must be delivered; otherwise the latest per `key`."""

    @property
    def key(self) -> str:
        """What the latest is kept per, for an event that is not lossless."""
        return ""
