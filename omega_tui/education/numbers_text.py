"""How the numbers of lessons are written: exact where they are exact, rounded where a lesson says so."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from omega_tui.education.expressions import Scope, Value, evaluate
from omega_tui.errors import ExpressionError

DECIMALS: Final = 2
"""Where a lesson does not say how many."""

_PLACEHOLDER: Final = re.compile(r"\{\{(.*?)(?:\|([^|}]*))?\}\}", re.DOTALL)
_STYLE: Final = re.compile(r"(\d?)(%|pp|bp)?").fullmatch


def write(value: Value, style: str = "") -> str:
    """Return a value as text.

    Args:
        value: Number, text or truth.
        style: How many decimals, as `1`, and `%` for a share shown in percent (`1%`); empty for up to two
            decimals without trailing zeros. `+` before it writes the sign of a gain, too; `year` has no
            separator.

    Raises:
        ExpressionError: There is no such style.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    style = style.strip()
    if style == "year":
        return f"{value:.0f}"
    signed = style.startswith("+")
    match = _STYLE(style.removeprefix("+"))
    if match is None:
        raise ExpressionError(f"there is no style {style!r} for a number")
    unit = match[2] or ""
    if unit:
        value *= {"%": 100, "pp": 100, "bp": 10_000}[unit]
    places = int(match[1]) if match[1] else (0 if unit else DECIMALS)
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if not match[1] and not unit:
        rounded = _shortest(rounded)
    rounded = rounded or abs(rounded)
    text = f"{rounded:,f}"
    if signed and rounded > 0:
        text = f"+{text}"
    return text + {"": "", "%": " %", "pp": " percentage points", "bp": " bp"}[unit]


def percent(share: Decimal) -> str:
    """Return a share in percent, with the decimals it takes to be more than nothing: `1.2 %`, `0.03 %`."""
    if share and abs(share) < Decimal("0.00005"):
        return "less than 0.01 %"
    exact = (share * 100).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return write(share, "1%" if abs(exact) >= 1 or exact == exact.quantize(Decimal("0.1")) else "2%")


def filled(text: str, scope: Scope) -> str:
    """Return `text` with every `{{ expression | style }}` written out.

    Raises:
        ExpressionError: One cannot be computed, or its style does not exist.
    """
    return _PLACEHOLDER.sub(lambda match: write(evaluate(match[1], scope), match[2] or ""), text)


def without_placeholders(text: str) -> str:
    """Return `text` with a space for every placeholder: what the author wrote himself."""
    return _PLACEHOLDER.sub(" ", text)


def expressions_in(text: str) -> list[str]:
    """Return the expressions of the placeholders, in their order."""
    return [match[1] for match in _PLACEHOLDER.finditer(text)]


def _shortest(value: Decimal) -> Decimal:
    normal = value.normalize()
    exponent = normal.as_tuple().exponent
    assert isinstance(exponent, int), "finite"
    return normal.quantize(Decimal(1)) if exponent > 0 else normal
