"""What was noticed on the screen, as it goes to the teacher: a name with numbers and words."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field


class Noticed(Struct, frozen=True):
    """One thing that was noticed; rules for tips listen to its name.

    Attributes:
        name: As `fib.level_touch`.
        numbers: By the names that a rule's sentence uses.
        words: The same for what is no number.
        instrument: Instrument id; empty where it is about none.
    """

    name: str
    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    instrument: str = ""
