"""Order language: numbers, variables and arithmetic in prices and sizes. Pure.

A value has a kind: a plain number, ticks (`2t`), percent (`1%`) or money (`100$`). Ticks and percent are
distances: added to a price they move it, and cannot be a price by themselves.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from omega_tui.domain.phrase_tokens import Token
from omega_tui.errors import PhraseError

_NUMBER: Final = re.compile(r"(?P<digits>\d+(?:\.\d*)?|\.\d+)(?P<suffix>\D*)", re.ASCII)
_FACTORS: Final[Mapping[str, int]] = {"": 1, "k": 1_000, "m": 1_000_000}
_SECONDS: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600}


class Kind(StrEnum):
    """What a number counts."""

    PLAIN = ""
    TICKS = "t"
    PERCENT = "%"
    MONEY = "$"


class Value(Struct, frozen=True):
    """A number and what it counts."""

    number: Decimal
    kind: Kind = Kind.PLAIN


class Number(Struct, frozen=True, tag=True):
    """A number as typed; its suffix is read where it is used."""

    text: str
    start: int
    end: int


class Variable(Struct, frozen=True, tag=True):
    """A name of something on the screen, as `$bid`."""

    name: str
    start: int
    end: int


class Sum(Struct, frozen=True, tag=True):
    """Two expressions and the sign between them: `+`, `-`, `*` or `/`."""

    left: "Expression"
    sign: str
    right: "Expression"
    start: int
    end: int


class Negative(Struct, frozen=True, tag=True):
    """An expression with a minus before it, or, when `is_plus`, with a plus: a distance."""

    of: "Expression"
    start: int
    end: int
    is_plus: bool = False


Expression = Number | Variable | Sum | Negative


class Names(Struct, frozen=True):
    """What an expression may refer to.

    Attributes:
        values: By name without the `$`; None for what is not there now.
        tick_size: What a tick is worth.
    """

    values: Mapping[str, Decimal | None]
    tick_size: Decimal


def evaluate(expression: Expression, names: Names) -> Value:
    """Return what an expression comes to.

    Raises:
        PhraseError: A name is unknown or not there now, or the kinds do not go together.
    """
    match expression:
        case Number():
            return _number(expression)
        case Variable(name=name):
            return Value(_named(expression, names, name))
        case Negative(of=inner, is_plus=is_plus):
            value = evaluate(inner, names)
            return value if is_plus else Value(-value.number, value.kind)
        case Sum(sign="+" | "-"):
            return _added(expression, names)
        case Sum():
            return _scaled(expression, names)


def price_at(expression: Expression, names: Names) -> Decimal:
    """Return a price.

    Raises:
        PhraseError: It is a distance, money, or not above zero.
    """
    value = evaluate(expression, names)
    if value.kind is not Kind.PLAIN:
        words = {Kind.TICKS: "a number of ticks", Kind.PERCENT: "a percentage", Kind.MONEY: "money"}
        raise _wrong(expression, f"{words[value.kind]} is no price", ("64250", "$bid-2t", "$mid+1%"))
    if value.number <= 0:
        raise _wrong(expression, f"{value.number} is no price: it must be above zero")
    return value.number


def is_distance(expression: Expression) -> bool:
    """Whether a sign stands before it, so that it counts from somewhere else: `+20t`, `-1%`."""
    return isinstance(expression, Negative)


def moved_by(start: Decimal, expression: Expression, names: Names) -> Decimal:
    """Return `start` moved by a distance.

    Raises:
        PhraseError: It is money, or the result is not above zero.
    """
    value = evaluate(expression, names)
    if value.kind is Kind.MONEY:
        raise _wrong(expression, "money is no distance", ("+20t", "+1%", "+50"))
    moved = _plus(start, value, names)
    if moved <= 0:
        raise _wrong(expression, f"it comes to {moved}, which is no price")
    return moved


def seconds_of(token: Token) -> int:
    """Return a duration: `90s`, `10m`, `2h`; a bare number is seconds.

    Raises:
        PhraseError: It is none.
    """
    match = _NUMBER.fullmatch(token.text)
    factor = _SECONDS.get(match["suffix"] or "s") if match is not None else None
    if match is None or factor is None:
        raise PhraseError(f"'{token.text}' is no time", token.start, token.end, ("90s", "10m", "2h"))
    return int(Decimal(match["digits"]) * factor)


def whole_of(token: Token) -> int:
    """Return a whole number.

    Raises:
        PhraseError: It is none.
    """
    if not token.text.isdecimal() or not token.text.isascii():
        raise PhraseError(f"'{token.text}' is no whole number", token.start, token.end, ("10",))
    return int(token.text)


def _number(node: Number) -> Value:
    match = _NUMBER.fullmatch(node.text)
    assert match is not None, "the tokens say so"
    digits, suffix = Decimal(match["digits"]), match["suffix"]
    kind = Kind.PLAIN
    if suffix[-1:] in {"%", "$", "t"}:
        kind, suffix = Kind(suffix[-1]), suffix[:-1]
    if suffix == "c" and kind is Kind.PLAIN:
        return Value(digits / 100)
    factor = _FACTORS.get(suffix)
    if factor is None:
        allowed = ("k", "m", "%", "$", "t (ticks)", "c (cents)")
        raise PhraseError(f"'{match['suffix']}' after a number means nothing", node.start, node.end, allowed)
    return Value(digits * factor, kind)


def _named(node: Variable, names: Names, name: str) -> Decimal:
    if name not in names.values:
        allowed = tuple(f"${known}" for known in names.values)
        raise PhraseError(f"there is no ${name}", node.start, node.end, allowed)
    value = names.values[name]
    if value is None:
        raise PhraseError(f"there is no ${name} now", node.start, node.end)
    return value


def _added(node: Sum, names: Names) -> Value:
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    if node.sign == "-":
        right = Value(-right.number, right.kind)
    if left.kind is right.kind:
        return Value(left.number + right.number, left.kind)
    if left.kind is Kind.PLAIN and right.kind is not Kind.MONEY:
        return Value(_plus(left.number, right, names))
    raise _wrong(node, f"{left.kind or 'a number'} and {right.kind or 'a number'} cannot be added")


def _scaled(node: Sum, names: Names) -> Value:
    left, right = evaluate(node.left, names), evaluate(node.right, names)
    if node.sign == "*" and left.kind is Kind.PLAIN:
        left, right = right, left
    if right.kind is not Kind.PLAIN:
        raise _wrong(node, f"only a number can stand after {node.sign}")
    if node.sign == "*":
        return Value(left.number * right.number, left.kind)
    if not right.number:
        raise _wrong(node, "nothing can be divided by zero")
    return Value(left.number / right.number, left.kind)


def _plus(price: Decimal, by: Value, names: Names) -> Decimal:
    match by.kind:
        case Kind.TICKS:
            return price + by.number * names.tick_size
        case Kind.PERCENT:
            return price * (1 + by.number / 100)
        case _:
            return price + by.number


def _wrong(node: Expression, message: str, allowed: tuple[str, ...] = ()) -> PhraseError:
    return PhraseError(message, node.start, node.end, allowed)
