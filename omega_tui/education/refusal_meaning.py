"""The shape of what a code of a refusal means."""

from typing import NamedTuple


class Meaning(NamedTuple):
    """The rule that refused, and what makes an order pass it."""

    rule: str
    remedy: str
