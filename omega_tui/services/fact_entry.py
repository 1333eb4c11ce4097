"""Facts of orders as lines of the journal: the one place that puts the word of a fact on it."""

from typing import Final

import msgspec

from omega_tui.domain.order_facts import FACTS, Fact
from omega_tui.services.journal import Entry

WORDS: Final[dict[type[Fact], str]] = {kind: word for word, kind in FACTS.items()}
"""The word of each kind of fact that is written down."""


def entry_of(venue: str, client_order_id: str, fact: Fact) -> Entry:
    """Return the line of a fact, of a kind that is in `WORDS`."""
    return Entry(fact.ts_ns, venue, client_order_id, WORDS[type(fact)], msgspec.json.encode(fact))
