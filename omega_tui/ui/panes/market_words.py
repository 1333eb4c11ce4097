"""A word for each of several markets, where there is no room for their names. Pure."""

from collections import Counter
from collections.abc import Iterable

from omega_tui.domain.instrument import Instrument
from omega_tui.ui.panes.money_line import unit_of
from omega_tui.ui.text.words import token

_PUNCTUATION = ".,:;?!"
_LONG = 5
"""Letters of a word that says more than `the`."""


def telling_words(instruments: Iterable[Instrument]) -> dict[str, str]:
    """Return by instrument what tells its market from the others; empty where nothing has to.

    Of a question that is a word which no other question has: a name or a number, else a long word, else any.
    Where there is none, and of coins, whose markets are called alike, it is the venue.
    """
    known = {one.id: one for one in instruments}.values()
    units = Counter(unit_of(one) for one in known if not token(one))
    questions = {(one.venue, one.name): _words(one) for one in known if token(one)}
    everywhere = Counter(word for words in questions.values() for word in set(words))
    found = {}
    for one in known:
        if not token(one):
            found[one.id] = one.venue if units[unit_of(one)] > 1 else ""
            continue
        own = [word for word in _words(one) if everywhere[word] == 1]
        names = [word for word in own if word[0].isupper() or word[0].isdigit()]
        best = [*names, *(word for word in own if len(word) >= _LONG), *own, one.venue][0]
        found[one.id] = best if len(questions) > 1 else ""
    return found


def market_labels(instruments: Iterable[Instrument | None]) -> dict[str, str]:
    """Return by instrument what is traded there, as `Yes June` or `BTC`; nothing where all are one."""
    known = {one.id: one for one in instruments if one is not None}
    words = telling_words(known.values()) if len(known) > 1 else {}
    return {name: f"{unit_of(known[name])} {word}".rstrip() for name, word in words.items()}


def _words(instrument: Instrument) -> list[str]:
    return [word for word in (part.strip(_PUNCTUATION) for part in instrument.name.split()) if word]
