"""Parameters of a Binance request, checked as they are read."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from omega_tui.protocol.binance.refusals import ILLEGAL, MISSING, PRECISION
from omega_tui.text import parse_decimal

MAX_PLACES: Final = 8
"""More decimals than this are too many for every asset."""

_CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}").fullmatch


class Params:
    """The parameters of one request, all of them texts."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def __contains__(self, name: str) -> bool:
        return bool(self._fields.get(name))

    def word(self, name: str, default: str = "") -> str:
        """Return a text, `default` where it is missing or empty."""
        return self._fields.get(name) or default

    def text(self, name: str) -> str:
        """Return a text that must be there.

        Raises:
            VenueRefused: It is missing.
        """
        value = self.word(name)
        if not value:
            raise MISSING.error(name)
        return value

    def client_id(self, name: str, default: str = "") -> str:
        """Return an order's id of the user's own making.

        Raises:
            VenueRefused: It is too long or has other characters than it may have.
        """
        value = self.word(name, default)
        if value and _CLIENT_ID(value) is None:
            raise ILLEGAL.error(name)
        return value

    def number(self, name: str) -> Decimal:
        """Return a positive number that must be there.

        Raises:
            VenueRefused: It is missing or something else.
        """
        text = self.text(name)
        try:
            value = parse_decimal(text)
        except ValueError as error:
            raise ILLEGAL.error(name) from error
        if value <= 0:
            raise MISSING.error(name)
        if len(text.partition(".")[2].rstrip("0")) > MAX_PLACES:
            raise PRECISION.error(name)
        return value

    def number_or_none(self, name: str) -> Decimal | None:
        """Return a positive number, None where it is missing.

        Raises:
            VenueRefused: Something else is there.
        """
        return self.number(name) if name in self else None

    def integer(self, name: str, default: int, *, most: int | None = None) -> int:
        """Return a whole number that is not negative, cut to `most`.

        Raises:
            VenueRefused: Something else is there.
        """
        text = self.word(name)
        if not text:
            return default
        if not text.isdecimal() or len(text) > 19:
            raise ILLEGAL.error(name)
        return int(text) if most is None else min(int(text), most)
