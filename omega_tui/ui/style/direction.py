"""Which colour a rising price has, and the question about it at the first start. Pure.

Green means up to some eyes, red to others, and to some both look alike (colour conventions, section 2).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct


class Direction(StrEnum):
    """The colour of rising prices and of buying; the other side has that of falling ones."""

    GREEN_UP = "green-up"
    RED_UP = "red-up"
    BLUE_ORANGE = "blue-orange"


WORDS: Final = {
    Direction.GREEN_UP: "green",
    Direction.RED_UP: "red",
    Direction.BLUE_ORANGE: "blue (orange falls)",
}
_FAMILIES: Final = {Direction.GREEN_UP: "", Direction.RED_UP: "red-up-", Direction.BLUE_ORANGE: "cvd-"}
_GROUNDS: Final = ("16-{}dark", "16-{}light", "{}dark", "{}light")
_RED_UP_LANGUAGES: Final = ("zh", "ja", "ko")
"""Languages of the markets whose boards show a rise in red."""


def themed(theme: str, direction: Direction) -> str:
    """Return the theme of the same ground and depth as `theme` in which prices rise as `direction` says."""
    return f"omega-{_ground(theme).format(_FAMILIES[direction])}"


def direction_of(theme: str) -> Direction:
    """Return what a rising price looks like in a theme; a theme that is not ours has it green."""
    ground = _ground(theme)
    found = (one for one in Direction if theme == f"omega-{ground.format(_FAMILIES[one])}")
    return next(found, Direction.GREEN_UP)


def _ground(theme: str) -> str:
    for ground in _GROUNDS:
        if theme in {f"omega-{ground.format(family)}" for family in _FAMILIES.values()}:
            return ground
    return "{}light" if "light" in theme else "{}dark"


def usual(environment: Mapping[str, str]) -> Direction:
    """Return what is usual where the language of the process is spoken."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    spoken = next((environment[name] for name in names if environment.get(name)), "")
    return Direction.RED_UP if spoken[:2].lower() in _RED_UP_LANGUAGES else Direction.GREEN_UP


class DirectionQuestion(Struct, frozen=True):
    """What is asked once, before a theme was chosen.

    Attributes:
        preselected: What Enter, and any key that is for something else, leaves in force.
    """

    preselected: Direction

    @property
    def text(self) -> str:
        """The question, for the strip."""
        offers = "  ".join(f"{number} {WORDS[one]}" for number, one in enumerate(Direction, 1))
        return f"Rising prices are: {offers}   Enter keeps {WORDS[self.preselected].partition(' ')[0]}"

    def answer(self, key: str) -> Direction | None:
        """Return what a key chooses; None for a key that is no answer."""
        numbered = {str(number): one for number, one in enumerate(Direction, 1)}
        return self.preselected if key in {"enter", "escape"} else numbered.get(key)
