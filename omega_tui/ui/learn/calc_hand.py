"""A calculation under the keyboard: one input is chosen, digits replace it, arrows choose. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from omega_tui.domain.lesson_view import CalcInput, CalcView
from omega_tui.text import parse_decimal

MAX_TYPED: Final = 16
NUMBER: Final = frozenset("0123456789.-%")


class CalcHand:
    """The calculations of a lesson, with the numbers that stand in them now.

    Attributes:
        calc: The present one, as it was computed last.
        at: Which of its inputs is chosen.
        typed: What is being typed for it; empty while its number stands.
        complaint: Why it was not taken; empty while nothing is wrong.
        is_own: Whether the trader's own numbers stand where they fit.
        owned: The inputs where they do.
    """

    def __init__(self, calcs: Sequence[CalcView], own: Mapping[str, Mapping[str, Decimal]]) -> None:
        """Begin with the first calculation.

        Args:
            calcs: Of the lesson, with its own numbers; at least one.
            own: By title of the calculation and by input: the trader's own numbers.
        """
        assert calcs, "a lesson without a calculation has no such page"
        self._calcs = tuple(calcs)
        self._own = own
        self._number = 0
        self._values: dict[str, Decimal] = {}
        self.is_own = any(own.values())
        self._begin()

    def _begin(self) -> None:
        self.calc = self._calcs[self._number]
        self.at = 0
        self.typed = self.complaint = ""
        self._values = {one.name: one.value for one in self.calc.inputs}
        if self.is_own:
            self._values |= self._own.get(self.calc.title, {})

    @property
    def counted(self) -> tuple[int, int]:
        """The number of the present calculation, from 1, and how many the lesson has."""
        return self._number + 1, len(self._calcs)

    @property
    def owned(self) -> frozenset[str]:
        """The inputs where the trader's own numbers stand."""
        own = self._own.get(self.calc.title, {})
        return frozenset(name for name, value in own.items() if self._values.get(name) == value)

    @property
    def has_own(self) -> bool:
        """Whether the account or the market has a number for any of them."""
        return bool(self._own.get(self.calc.title))

    @property
    def chosen(self) -> CalcInput | None:
        """The input that is chosen; None where there are none."""
        return self.calc.inputs[self.at] if self.calc.inputs else None

    def value_of(self, name: str) -> Decimal:
        """Return what stands in an input now."""
        return self._values[name]

    @property
    def inputs(self) -> dict[str, Decimal]:
        """Every input with the number that stands in it."""
        return dict(self._values)

    def move(self, steps: int) -> None:
        """Choose another input; what was typed for the one before stands, if it is a number."""
        self.typed = ""
        if self.calc.inputs:
            self.at = (self.at + steps) % len(self.calc.inputs)

    def turn(self, steps: int) -> None:
        """Go to another calculation of the lesson."""
        self._number = (self._number + steps) % len(self._calcs)
        self._begin()

    def swap(self) -> None:
        """Put the trader's own numbers in, or the lesson's again."""
        self.is_own = not self.is_own
        self._begin()

    def type(self, character: str) -> bool:
        """Take a character; return whether another number stands in the input now."""
        if self.chosen is None or character not in NUMBER or len(self.typed) >= MAX_TYPED:
            return False
        self.typed += character
        return self._read()

    def erase(self) -> bool:
        """Take the last character back; return as `type` does."""
        self.typed = self.typed[:-1]
        return self._read()

    def _read(self) -> bool:
        chosen = self.chosen
        text = self.typed.removesuffix("%")
        if chosen is None or not text or text in {"-", ".", "-."}:
            return False
        try:
            value = parse_decimal(text.removesuffix(".") if text.endswith(".") else text)
        except ValueError:
            self.complaint = f"'{self.typed}' is no number"
            return False
        self.complaint = ""
        self._values[chosen.name] = value / 100 if self.typed.endswith("%") else value
        return True

    def take(self, calc: CalcView) -> None:
        """Take the calculation as it was made with these numbers."""
        if [one.name for one in calc.inputs] == [one.name for one in self.calc.inputs]:
            self.calc = replace(calc, title=self.calc.title)
