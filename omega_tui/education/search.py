"""Finds the lesson that answers a question: BM25 over weighted words, the same answer every time.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework". Words are folded by a few English
endings; questions lose the words that every question has.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import log
from typing import Final

K1: Final = 1.2
B: Final = 0.6
"""Usual values: how fast repetition stops counting, how much long texts are held back."""

MAX_QUESTION: Final = 300
"""Characters of a question that are read."""

_WORDS: Final = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
_STOP: Final = frozenset({
    "a", "about", "after", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being",
    "by", "can", "could", "did", "do", "does", "doing", "done", "for", "from", "get", "give", "had",
    "has", "have", "he", "help", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is",
    "it", "its", "let", "like", "me", "mean", "means", "my", "no", "nor", "not", "of", "on", "one",
    "or", "our", "out", "please", "shall", "she", "should", "show", "so", "some", "tell", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "thing", "this", "those", "to",
    "too", "up", "us", "was", "we", "were", "what", "when", "where", "which", "who", "whom", "why",
    "will", "with", "would", "you", "your", "yours", "explain", "teach", "learn",
    "understand", "define", "definition", "question", "lesson",
})  # fmt: skip
_ENDINGS: Final = tuple("ations ation ating ated ates ate ings ing ies edly ed es s ly e".split())  # noqa: SIM905 - a row


def words_of(text: str) -> list[str]:
    """Return the words of a text that carry meaning, folded."""
    return [fold(word) for word in _WORDS.findall(text.lower()) if word not in _STOP]


def fold(word: str) -> str:
    """Return a word without its ending, so that `sizing`, `sized` and `size` are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word.removesuffix(ending)
            return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return word


class SearchIndex:
    """Documents that can be asked. Ties are broken by the order in which the documents came."""

    def __init__(self, documents: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        """Index texts with weights: a word of a title counts as often as its weight."""
        self._counts: dict[str, Counter[str]] = {}
        for name, texts in documents.items():
            counter: Counter[str] = Counter()
            for text, weight in texts:
                found = words_of(text)
                # Said twice in a title it is not twice as true; in prose it is.
                for word in found if weight == 1 else dict.fromkeys(found):
                    counter[word] += weight
            self._counts[name] = counter
        self._lengths = {name: sum(counter.values()) for name, counter in self._counts.items()}
        self._mean = sum(self._lengths.values()) / max(1, len(self._lengths))
        self._holders = Counter(word for counter in self._counts.values() for word in counter)

    def find(self, question: str, *, limit: int = 5) -> list[tuple[str, float]]:
        """Return documents and scores, best first; only those that share a word with the question."""
        words = dict.fromkeys(words_of(question[:MAX_QUESTION]))
        scored = [(name, self._score(name, words)) for name in self._counts]
        found = [(name, score) for name, score in scored if score > 0]
        return sorted(found, key=lambda pair: -pair[1])[:limit]

    def known(self, question: str) -> float:
        """Return the share of the question's words that any document has; 0 for a question without words."""
        words = dict.fromkeys(words_of(question[:MAX_QUESTION]))
        return sum(word in self._holders for word in words) / len(words) if words else 0.0

    def _score(self, name: str, words: Mapping[str, None]) -> float:
        counter, total = self._counts[name], len(self._counts)
        score = 0.0
        for word in words:
            count = counter.get(word, 0)
            if count:
                holders = self._holders[word]
                rarity = log(1 + (total - holders + 0.5) / (holders + 0.5))
                length = 1 - B + B * self._lengths[name] / self._mean
                score += rarity * count * (K1 + 1) / (count + K1 * length)
        return score
