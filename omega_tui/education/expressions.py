"""The expressions of lessons and tips: parsed by Python's grammar, evaluated by a short list of node types.

Nothing is ever handed to `eval`. Numbers are `Decimal` from the text on, names and functions come from the
caller, and a chain of names that need each other ends in an error instead of a recursion.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from functools import lru_cache
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Final

from omega_tui.errors import ExpressionError

Value = Decimal | str | bool
Function = Callable[..., Value]

MAX_LENGTH: Final = 400
"""Characters of one expression; the longest in the lessons has a quarter of it."""
MAX_POWER: Final = 400
"""The largest exponent: a lesson compounds a year of days, not more."""

_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.Div: truediv,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Decimal, Decimal], bool]]] = {
    ast.Eq: eq,
    ast.NotEq: ne,
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
}


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """Return the tree of an expression.

    Raises:
        ExpressionError: It is none, or too long.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression of {len(text)} characters; allowed: {MAX_LENGTH}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError(f"not an expression: {text.strip()!r}") from None


def names_in(text: str) -> frozenset[str]:
    """Return the names that an expression needs, functions left out.

    Raises:
        ExpressionError: It is no expression.
    """
    tree = parse(text)
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    called = {function.id for function in calls if isinstance(function, ast.Name)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)) - called


@dataclass(slots=True)
class Scope:
    """What names and functions mean.

    A name is a value, or the text of an expression that is evaluated when it is first needed.

    Attributes:
        functions: By name.
        values: Names whose value is known.
        formulas: Names that are computed on demand; each becomes a value.
    """

    functions: Mapping[str, Function]
    values: dict[str, Value]
    formulas: Mapping[str, str]
    _open: tuple[str, ...] = ()

    def look_up(self, name: str) -> Value:
        """Return the value of a name.

        Raises:
            ExpressionError: It is unknown, or needs itself.
        """
        if name in self.values:
            return self.values[name]
        if name not in self.formulas:
            raise ExpressionError(f"nothing is called {name!r}")
        if name in self._open:
            raise ExpressionError(f"{' needs '.join((*self._open, name))}: a circle")
        before, self._open = self._open, (*self._open, name)
        try:
            self.values[name] = evaluate(self.formulas[name], self)
        finally:
            self._open = before
        return self.values[name]


def evaluate(text: str, scope: Scope) -> Value:
    """Return what an expression comes to.

    Raises:
        ExpressionError: It is none, uses what is not allowed or not known, or has no finite result.
    """
    try:
        value = _value(parse(text), scope)
    except (DecimalException, ArithmeticError, ValueError, TypeError, LookupError) as error:
        raise ExpressionError(f"{text.strip()!r} cannot be computed: {_why(error)}") from error
    if isinstance(value, Decimal) and not value.is_finite():
        raise ExpressionError(f"{text.strip()!r} has no finite result")
    return value


def number(text: str, scope: Scope) -> Decimal:
    """Return what an expression comes to, which must be a number.

    Raises:
        ExpressionError: As `evaluate`, or the result is a text or a truth.
    """
    value = evaluate(text, scope)
    if not isinstance(value, Decimal):
        raise ExpressionError(f"{text.strip()!r} is {value!r} and no number")
    return value


def truth(text: str, scope: Scope) -> bool:
    """Return whether a condition holds.

    Raises:
        ExpressionError: As `evaluate`, or the result is no truth.
    """
    value = evaluate(text, scope)
    if not isinstance(value, bool):
        raise ExpressionError(f"{text.strip()!r} is {value!r} and no condition")
    return value


def _value(node: ast.expr, scope: Scope) -> Value:  # noqa: C901, PLR0911, PLR0912 - one case per kind of node
    match node:
        case ast.Constant(value=bool(truth_value)):
            return truth_value
        case ast.Constant(value=int(whole)):
            return Decimal(whole)
        case ast.Constant(value=float(real)):
            return Decimal(repr(real))
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return scope.look_up(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_decimal(operand, scope)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _truth(operand, scope)
        case ast.BinOp(op=ast.Pow(), left=left, right=right):
            return _power(_decimal(left, scope), _decimal(right, scope))
        case ast.BinOp(op=operator, left=left, right=right) if type(operator) in _OPERATORS:
            return _OPERATORS[type(operator)](_decimal(left, scope), _decimal(right, scope))
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_truth(part, scope) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_truth(part, scope) for part in parts)
        case ast.Compare(left=left, ops=operators, comparators=others):
            return _compare(left, operators, others, scope)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in scope.functions:
                raise ExpressionError(f"there is no function {name!r}")
            return scope.functions[name](*(_value(argument, scope) for argument in arguments))
        case _:
            raise ExpressionError(f"{ast.unparse(node)!r} is more than an expression may have")


def _compare(left: ast.expr, operators: list[ast.cmpop], others: list[ast.expr], scope: Scope) -> bool:
    here = _value(left, scope)
    for operator, other in zip(operators, others, strict=True):
        there = _value(other, scope)
        if isinstance(here, Decimal) and isinstance(there, Decimal):
            comparison = _COMPARISONS.get(type(operator))
            if comparison is None:
                raise ExpressionError("only numbers are compared, and only by size")
            holds = comparison(here, there)
        elif isinstance(operator, ast.Eq | ast.NotEq):
            holds = (here == there) is isinstance(operator, ast.Eq)
        else:
            raise ExpressionError(f"{here!r} and {there!r} have no order")
        if not holds:
            return False
        here = there
    return True


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > MAX_POWER:
        raise ExpressionError(f"the power {exponent} is out of range; allowed: {MAX_POWER}")
    return base**exponent


def _decimal(node: ast.expr, scope: Scope) -> Decimal:
    value = _value(node, scope)
    if not isinstance(value, Decimal):
        raise ExpressionError(f"{ast.unparse(node)!r} is {value!r} and no number")
    return value


def _truth(node: ast.expr, scope: Scope) -> bool:
    value = _value(node, scope)
    if not isinstance(value, bool):
        raise ExpressionError(f"{ast.unparse(node)!r} is {value!r} and no condition")
    return value


def _why(error: Exception) -> str:
    if isinstance(error, ZeroDivisionError):
        return "a division by zero"
    text = error.args[0] if error.args else ""
    return text if isinstance(text, str) and text else type(error).__name__
