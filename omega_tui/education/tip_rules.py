"""The rules for tips: a signal, a condition over the context, a sentence with computed numbers, a lesson."""

from msgspec import Struct

from omega_tui.education.lesson_parse import read_toml
from omega_tui.errors import LessonError


class TipRule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule.

    Attributes:
        id: Stable: what was shown and dismissed is remembered by it.
        signal: Which signal it listens to.
        text: The sentence; `{{ name }}` are numbers that come with the signal.
        lesson: Where it is explained.
        when: A condition over those numbers; empty for always.
        base: How much it matters, 0 to 1.
        cooldown_min: How long it is quiet after it was shown; doubled by every showing.
    """

    id: str
    signal: str
    text: str
    lesson: str
    when: str = ""
    base: float = 0.6
    cooldown_min: float = 45.0


class _Rules(Struct, forbid_unknown_fields=True):
    tip: tuple[TipRule, ...] = ()


def read_tip_rules(file: str, text: str) -> tuple[TipRule, ...]:
    """Return the rules of a file.

    Raises:
        LessonError: It is not what it must be, or two rules have one id.
    """
    rules = read_toml(file, text, _Rules).tip
    ids = [rule.id for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise LessonError(file, 0, f"two rules are called {rule_id!r}")
    return rules
