"""Parameters of a Bitget request, checked as they are read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from omega_tui.protocol.bitget.refusals import PARAMETER_EMPTY, PARAMETER_ERROR, PARAMETER_WRONG
from omega_tui.text import parse_decimal

MAX_DIGITS: Final = 30
"""Before or after the point of a number."""


class Params:
    """The query or the body of one request. Numbers may come as text or as JSON numbers."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def word(self, name: str, default: str = "") -> str:
        """Return a text, `default` where it is missing or empty.

        Raises:
            VenueRefused: It is neither text nor a number.
        """
        value = self._fields.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise PARAMETER_WRONG.error(name)
        if abs(Decimal(value).adjusted()) > MAX_DIGITS:
            # Written out, a number with a huge exponent would fill the memory.
            raise PARAMETER_ERROR.error(name)
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    def text(self, name: str) -> str:
        """Return a text that must be there.

        Raises:
            VenueRefused: It is missing.
        """
        value = self.word(name)
        if not value:
            raise PARAMETER_EMPTY.error(name)
        return value

    def number_or_none(self, name: str) -> Decimal | None:
        """Return a number, None where it is missing.

        Raises:
            VenueRefused: Something else is there.
        """
        text = self.word(name)
        if not text:
            return None
        try:
            return parse_decimal(text)
        except ValueError as error:
            raise PARAMETER_ERROR.error(name) from error

    def number(self, name: str) -> Decimal:
        """Return a number that must be there.

        Raises:
            VenueRefused: It is missing or something else.
        """
        value = self.number_or_none(name)
        if value is None:
            raise PARAMETER_EMPTY.error(name)
        return value

    def integer(self, name: str, default: int, *, most: int | None = None) -> int:
        """Return a whole number that is not negative, cut to `most`.

        Raises:
            VenueRefused: Something else is there.
        """
        text = self.word(name)
        if not text:
            return default
        if not text.isdecimal() or len(text) > 19:
            raise PARAMETER_ERROR.error(name)
        return int(text) if most is None else min(int(text), most)

    def rows(self, name: str) -> list["Params"]:
        """Return a list of objects; empty where it is missing.

        Raises:
            VenueRefused: Something else is there.
        """
        value = self._fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
            raise PARAMETER_WRONG.error(name)
        return [Params(row) for row in value]

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; empty where it is missing.

        Raises:
            VenueRefused: Something else is there.
        """
        value = self._fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(row, str) for row in value):
            raise PARAMETER_WRONG.error(name)
        return value

    def merged(self, other: Mapping[str, Any]) -> "Params":
        """Return these parameters with others that they do not have themselves."""
        return Params({**other, **self._fields})
