"""Numbers as arguments of commands: exact, and refused in a sentence."""

import argparse
from decimal import Decimal

from omega_tui.domain.instrument import ONE, ZERO
from omega_tui.text import parse_decimal


def decimal(text: str) -> Decimal:
    """Read a plain number, as an argument's type."""
    try:
        return parse_decimal(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def above_zero(text: str) -> Decimal:
    """Read a number above zero, as an argument's type."""
    value = decimal(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is out of range; allowed: a number above 0")
    return value


def share(text: str) -> Decimal:
    """Read a share from 0 to 1, or percent with their sign, as an argument's type: `0.005` is `0.5%`."""
    value = decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not ZERO <= value <= ONE:
        raise argparse.ArgumentTypeError(f"{text!r} is out of range; allowed: 0 to 1, or 0% to 100%")
    return value


def plain(number: Decimal, places: int | None = None) -> str:
    """Return a number without an exponent and, unless `places` are given, without trailing zeros."""
    if places is not None:
        return f"{number:.{places}f}"
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
