"""Order language: the grammar. A line becomes a phrase, or an error that says where and what is allowed.

Completion asks the same grammar: what may follow is what the error at the end of the line allows.
"""

from collections.abc import Callable, Mapping
from typing import Final, NoReturn

from msgspec.structs import replace

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.phrase_tokens import NUMBER, SIGN, WORD, Token, tokens_of
from omega_tui.domain.phrase_values import (
    Expression,
    Negative,
    Number,
    Sum,
    Variable,
    seconds_of,
    whole_of,
)
from omega_tui.domain.phrases import (
    BracketPhrase,
    ChasePhrase,
    ClosePhrase,
    MovePhrase,
    OcoPhrase,
    OrderPhrase,
    Phrase,
    Place,
    ScalePhrase,
    StopPhrase,
    Terms,
    TwapPhrase,
    Weight,
)
from omega_tui.domain.side import Side
from omega_tui.errors import PhraseError

CHASE_S: Final = 300
"""How long a chase lasts where no word says it."""

_SIDES: Final[Mapping[str, Side]] = {"buy": Side.BUY, "sell": Side.SELL}
_PLACES: Final = ("@", *(place.value for place in Place))
_FORCES: Final[Mapping[str, TimeInForce]] = {
    "gtc": TimeInForce.GTC,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
}
_POST_ONLY: Final = ("po", "post-only")
_REDUCE_ONLY: Final = ("ro", "reduce-only")
_TERMS: Final = (*_POST_ONLY, *_REDUCE_ONLY, *_FORCES)
_PRICES: Final = ("$bid", "$ask", "$mid", "$last", "$cursor", "$entry")
_SIZES: Final = ("$size", "$position")
_NUMBERS: Final = ("a number", *_PRICES, *_SIZES)

_MOST_NESTED: Final = 20
"""Brackets inside brackets."""


def read_phrase(line: str) -> Phrase:
    """Return what a line asks for.

    Raises:
        PhraseError: It means nothing; with the place and what may stand there.
    """
    reader = _Reader(line)
    phrase = reader.phrase()
    reader.end()
    return phrase


def read_expression(text: str) -> Expression:
    """Return a number by itself: a price, or arithmetic with what is on the screen, as `$bid-2t`.

    Raises:
        PhraseError: As in `read_phrase`.
    """
    reader = _Reader(text)
    expression = reader.expression()
    reader.end()
    return expression


def is_phrase(line: str) -> bool:
    """Whether a line begins with a verb of this language."""
    return line.split(maxsplit=1)[:1] != [] and line.split(maxsplit=1)[0].lower() in VERBS


def may_follow(line: str) -> tuple[str, ...]:
    """Return the words that may come next after a line; empty where a number or nothing may."""
    try:
        reader = _Reader(line)
        reader.phrase()
        reader.end()
    except PhraseError as error:
        if error.start < len(line.rstrip()):
            return ()
        return tuple(word for word in error.allowed if word in _ALL_WORDS)
    return tuple(word for word in reader.optional if word in _ALL_WORDS)


class _Reader:
    """Reads the words of a line from left to right.

    Attributes:
        optional: What may have followed where the reading ended, though nothing must.
    """

    def __init__(self, line: str) -> None:
        self.optional: tuple[str, ...] = ()
        self._tokens = tokens_of(line)
        self._end = len(line)
        self._at = 0
        self._depth = 0

    # --- phrases

    def phrase(self) -> Phrase:
        verb = self._word(VERBS, "an order begins with a verb")
        return VERBS[verb](self)

    def end(self) -> None:
        """Raise where something is left."""
        left = self._peek()
        if left is not None:
            raise PhraseError(f"'{left.text}' means nothing here", left.start, left.end, self.optional)

    def buy(self) -> OrderPhrase:
        return self._order(Side.BUY)

    def sell(self) -> OrderPhrase:
        return self._order(Side.SELL)

    def _order(self, side: Side) -> OrderPhrase:
        size = self._size(_PLACES)
        at = self._place(_PLACES)
        terms, take, stop = Terms(), None, None
        while word := self._maybe((*_TERMS, "bracket")):
            if word == "bracket":
                take, stop = self._distance(), self._distance()
            else:
                terms = _with_term(terms, word)
        return OrderPhrase(side, size, at, terms, take, stop)

    def stop(self) -> StopPhrase:
        side = self._maybe(tuple(_SIDES))
        size = self._size(("@",))
        self._sign("@")
        trigger = self.expression()
        limit, reduce_only = None, False
        while word := self._maybe(("limit", *_REDUCE_ONLY)):
            if word == "limit":
                limit = self.expression()
            else:
                reduce_only = True
        return StopPhrase(_SIDES.get(side), size, trigger, limit, reduce_only)

    def oco(self) -> OcoPhrase:
        side = self._maybe(tuple(_SIDES))
        size = self._size(("take",))
        self._word({"take": None}, "an OCO has a take and a stop")
        take = self._either()
        self._word({"stop": None}, "an OCO has a take and a stop")
        stop = self._either()
        limit = self.expression() if self._maybe(("limit",)) else None
        return OcoPhrase(_SIDES.get(side), size, take, stop, limit)

    def bracket(self) -> BracketPhrase:
        return BracketPhrase(self._distance(), self._distance())

    def scale(self) -> ScalePhrase:
        side = _SIDES[self._word(_SIDES, "a side is missing")]
        size = self._size(("from",))
        self._word({"from": None}, "a scale goes from a price to a price")
        first = self.expression()
        self._word({"to": None}, "a scale goes from a price to a price")
        last = self.expression()
        self._word({"n": None}, "how many orders")
        count = whole_of(self._token(NUMBER, ("10",)))
        weight, terms = Weight.EVEN, Terms()
        weights = tuple(one.value for one in Weight)
        while word := self._maybe((*weights, *_POST_ONLY, *_REDUCE_ONLY)):
            if word in weights:
                weight = Weight(word)
            else:
                terms = _with_term(terms, word)
        return ScalePhrase(side, size, first, last, count, weight, terms)

    def chase(self) -> ChasePhrase:
        side = _SIDES[self._word(_SIDES, "a side is missing")]
        size = self._size(("to",))
        self._word({"to": None}, "a chase goes to a price, which is its limit")
        limit = self.expression()
        seconds, reduce_only = CHASE_S, False
        while word := self._maybe(("for", *_REDUCE_ONLY)):
            if word == "for":
                seconds = seconds_of(self._token(NUMBER, ("90s", "10m")))
            else:
                reduce_only = True
        return ChasePhrase(side, size, limit, seconds, reduce_only)

    def twap(self) -> TwapPhrase:
        side = _SIDES[self._word(_SIDES, "a side is missing")]
        size = self._size(("to",))
        self._word({"to": None}, "a TWAP goes to a price, which is its limit")
        limit = self.expression()
        self._word({"in": None}, "a TWAP takes a time")
        seconds = seconds_of(self._token(NUMBER, ("90s", "10m", "2h")))
        self._word({"n": None}, "how many slices")
        slices = whole_of(self._token(NUMBER, ("10",)))
        reduce_only = bool(self._maybe(_REDUCE_ONLY))
        return TwapPhrase(side, size, limit, seconds, slices, reduce_only)

    def close(self) -> ClosePhrase:
        places = ("@", Place.JOIN.value, Place.CROSS.value)
        size = None if self._next_is(places) else self._maybe_expression()
        self.optional = places
        at = self._place(places) if self._next_is(places) else Place.CROSS
        return ClosePhrase(size, at)

    def move(self) -> MovePhrase:
        self._sign("@")
        source = self.expression()
        self._word({"to": None}, "it is moved to a price")
        return MovePhrase(source, self.expression())

    # --- parts

    def _size(self, before: tuple[str, ...]) -> Expression | None:
        """Return a size, or None where the next word is one of `before`: the chosen size is meant."""
        if self._next_is(before):
            return None
        if self._peek() is None:
            self._fail("a size is missing", ("a size, as 0.1, 50% or 100$", *_SIZES, *before))
        return self.expression()

    def _place(self, places: tuple[str, ...]) -> Expression | Place:
        word = self._word(dict.fromkeys((*places, "at")), "where to is missing")
        return self.expression() if word in {"@", "at"} else Place(word)

    def _distance(self) -> Expression:
        """Return one way out: a distance with its sign, or a price."""
        token = self._peek()
        if token is not None and token.text in {"+", "-"}:
            self._at += 1
            inner = self._product()
            return Negative(inner, token.start, inner.end, is_plus=token.text == "+")
        if token is None:
            self._fail("a bracket has a take and a stop", ("+20t", "-10t", "+1%", "a price"))
        return self._product()

    def _either(self) -> Expression:
        """Return a distance or a whole expression."""
        token = self._peek()
        signed = token is not None and token.text in {"+", "-"}
        return self._distance() if signed else self.expression()

    def _maybe_expression(self) -> Expression | None:
        return None if self._peek() is None else self.expression()

    def expression(self) -> Expression:
        left = self._product()
        while sign := self._operator("+-"):
            right = self._product()
            left = Sum(left, sign, right, left.start, right.end)
        return left

    def _product(self) -> Expression:
        left = self._factor()
        while sign := self._operator("*/"):
            right = self._factor()
            left = Sum(left, sign, right, left.start, right.end)
        return left

    def _factor(self) -> Expression:
        token = self._peek()
        if token is None:
            self._fail("a number is missing", _NUMBERS)
        self._at += 1
        match token.kind:
            case "number":
                return Number(token.text, token.start, token.end)
            case "variable":
                return Variable(token.text[1:], token.start, token.end)
            case _ if token.text == "(":
                return self._nested(token)
            case _:
                raise PhraseError(f"'{token.text}' is no number", token.start, token.end, _NUMBERS)

    def _nested(self, opening: Token) -> Expression:
        self._depth += 1
        if self._depth > _MOST_NESTED:
            raise PhraseError("brackets are nested too deep", opening.start, opening.end)
        inner = self.expression()
        self._sign(")")
        self._depth -= 1
        return inner

    # --- words

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next_is(self, words: tuple[str, ...]) -> bool:
        token = self._peek()
        return token is not None and token.kind in {WORD, SIGN} and token.text in {*words, "at"} - {""}

    def _maybe(self, words: tuple[str, ...]) -> str:
        """Take the next word if it is one of these; return it, or nothing."""
        token = self._peek()
        if token is not None and token.kind in {WORD, SIGN} and token.text in words:
            self._at += 1
            self.optional = ()
            return token.text
        self.optional = (*self.optional, *words)
        return ""

    def _operator(self, signs: str) -> str:
        """Take the next sign if it is one of these. It is not offered: it may follow every number."""
        token = self._peek()
        if token is None or token.kind != SIGN or token.text not in signs:
            return ""
        self._at += 1
        return token.text

    def _word(self, words: Mapping[str, object], missing: str) -> str:
        """Take the next word, which must be one of these."""
        token = self._peek()
        allowed = tuple(words)
        if token is None:
            self._fail(missing, allowed)
        if token.text not in words:
            raise PhraseError(f"'{token.text}' means nothing here", token.start, token.end, allowed)
        self._at += 1
        self.optional = ()
        return token.text

    def _sign(self, sign: str) -> None:
        self._word({sign: None}, f"{sign} is missing")

    def _token(self, kind: str, examples: tuple[str, ...]) -> Token:
        token = self._peek()
        if token is None:
            self._fail("a number is missing", examples)
        if token.kind != kind:
            raise PhraseError(f"'{token.text}' is no number", token.start, token.end, examples)
        self._at += 1
        self.optional = ()
        return token

    def _fail(self, message: str, allowed: tuple[str, ...]) -> NoReturn:
        raise PhraseError(message, self._end, self._end, tuple(dict.fromkeys((*self.optional, *allowed))))


def _with_term(terms: Terms, word: str) -> Terms:
    if word in _POST_ONLY:
        return replace(terms, post_only=True)
    if word in _REDUCE_ONLY:
        return replace(terms, reduce_only=True)
    return replace(terms, time_in_force=_FORCES[word])


VERBS: Final[Mapping[str, Callable[[_Reader], Phrase]]] = {
    "buy": _Reader.buy,
    "sell": _Reader.sell,
    "stop": _Reader.stop,
    "oco": _Reader.oco,
    "bracket": _Reader.bracket,
    "scale": _Reader.scale,
    "chase": _Reader.chase,
    "twap": _Reader.twap,
    "close": _Reader.close,
    "move": _Reader.move,
}
"""What a line of this language begins with."""

_ALL_WORDS: Final = frozenset(
    {
        *VERBS,
        *_PLACES,
        *_TERMS,
        *(one.value for one in Weight),
        *_PRICES,
        *_SIZES,
        *("bracket", "limit", "take", "stop", "from", "to", "n", "for", "in"),
    }
)
"""What can be completed: words, not examples of numbers."""
