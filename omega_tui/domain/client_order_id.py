"""Our own ids of orders: `o`, four hex digits of the run, a counter in base 32, two check characters.

At most 20 characters of `[a-z0-9]`, which every venue takes. The run tells orders of this program's life from
those of another; the check characters tell a typing error from a foreign id (order safety, section 3).
"""

import zlib

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that looks like a digit."""

MAX_LENGTH = 20


class ClientOrderIds:
    """Gives out ids, each once.

    Args:
        run_id: Of this life of the program; only its lowest 16 bits are used.
    """

    def __init__(self, run_id: int) -> None:
        self._prefix = f"o{run_id & 0xFFFF:04x}"
        self._count = 0

    def next(self) -> str:
        """Return an id that was not given out before."""
        self._count += 1
        body = self._prefix + _base32(self._count)
        return body + _check(body)


def is_own_format(text: str) -> bool:
    """Return whether `text` may be an id of this program, of any run."""
    if not (8 <= len(text) <= MAX_LENGTH and text[0] == "o"):
        return False
    return text[-2:] == _check(text[:-2])


def _base32(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 32)
        digits = ALPHABET[rest] + digits
    return digits or ALPHABET[0]


def _check(body: str) -> str:
    code = zlib.crc32(body.encode())
    return ALPHABET[code & 31] + ALPHABET[(code >> 5) & 31]
