"""The size of the next order: presets, steps and exact text. Choosing a size never sends anything."""

import re
from decimal import ROUND_DOWN, Decimal

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.domain.instrument import ONE, Instrument
from omega_tui.ui.text.words import size_text

MAX_PRESETS = 9
"""One per digit key."""

_EXACT = re.compile(r"(\d{1,15}(?:\.\d{1,18})?|\.\d{1,18})([km%$]?)", re.ASCII).fullmatch
_FACTOR = {"": 1, "k": 1_000, "m": 1_000_000}


LEAST_COIN_NOTIONAL = Decimal(5)
"""About what the smallest preset of a coin is worth, in quote units: no venue asks for much more."""


class Sizing(Struct, frozen=True):
    """The presets and the size in force.

    Attributes:
        presets: In base units, one per digit key from 1.
        size: In base units.
        preset: Which preset the size came from, from 1; 0 for a size that was stepped or typed.
    """

    presets: tuple[Decimal, ...]
    size: Decimal
    preset: int = 0

    @classmethod
    def of(cls, presets: tuple[Decimal, ...], preset: int = 1) -> "Sizing":
        """Return a sizing that starts at a preset.

        Raises:
            ValueError: There is no preset, there are too many, or one is not above zero.
        """
        if not 1 <= len(presets) <= MAX_PRESETS:
            raise ValueError(f"1 to {MAX_PRESETS} size presets are needed, not {len(presets)}")
        if min(presets) <= 0:
            raise ValueError(f"a size preset must be above zero, not {min(presets)}")
        return cls(presets, presets[preset - 1], preset)

    def chosen(self, preset: int) -> "Sizing":
        """Return the sizing at a preset, from 1.

        Raises:
            ValueError: There is no such preset.
        """
        if not 1 <= preset <= len(self.presets):
            raise ValueError(f"there is no size preset {preset}; there are {len(self.presets)}")
        return replace(self, size=self.presets[preset - 1], preset=preset)

    def exactly(self, size: Decimal) -> "Sizing":
        """Return the sizing at a typed size."""
        for number, preset in enumerate(self.presets, start=1):
            if preset == size:
                return replace(self, size=size, preset=number)
        return replace(self, size=size, preset=0)

    def stepped(self, steps: int, instrument: Instrument) -> "Sizing":
        """Return the sizing moved by `steps` of `step_of`, never below the smallest size that may rest."""
        size = self.size
        for _ in range(abs(steps)):
            step = step_of(size if steps > 0 else size - instrument.lot_size, instrument)
            size = size + step if steps > 0 else size - step
        return self.exactly(max(size, instrument.min_size, instrument.lot_size))


def presets_for(instrument: Instrument, price: Decimal) -> tuple[Decimal, ...]:
    """Return the presets of an instrument that is not counted in shares: 1, 2, 5, 10 and so on of its lots.

    The first is the smallest that its venue takes as an order at `price` and that is worth anything.

    Args:
        instrument: A coin or a contract.
        price: What it costs about now, above zero.
    """
    worth = max(LEAST_COIN_NOTIONAL, instrument.min_notional) / instrument.worth(ONE, price)
    least = max(instrument.min_size, instrument.lot_size, worth)
    place = Decimal(1).scaleb(least.adjusted())
    steps = [place * ten * one for ten in (1, 10, 100, 1_000) for one in (1, 2, 5)]
    sizes = [size for size in steps if size >= least and instrument.is_on_lot(size)]
    return tuple(sizes[:MAX_PRESETS]) or (instrument.lot_size,)


def step_of(size: Decimal, instrument: Instrument) -> Decimal:
    """Return the step at `size`: its leading decimal place, so that one key moves 40 to 50 and 4 to 5."""
    if size <= 0:
        return instrument.lot_size
    return max(instrument.lot_size, Decimal(1).scaleb(size.adjusted()))


def parse_size(
    text: str, instrument: Instrument, *, price: Decimal | None, position: Decimal
) -> tuple[Decimal, str]:
    """Return a typed size in base units, and what it means in words.

    `1500`, `1.5k`, `2m`; `50%` of the position; `100$` is the size that `price` buys for that money. Money
    and percentages are rounded down to a lot, which the words show; a plain size is never rounded.

    Raises:
        ValueError: It is not such a size, it is not a multiple of the lot, or it comes to nothing.
    """
    match = _EXACT(text.strip().lower())
    if match is None:
        raise ValueError(f"'{text.strip()}' is no size: digits with one point at most, then k, m, % or $")
    number, suffix = Decimal(match[1]), match[2]
    unit = instrument.base or "units"
    if suffix == "%":
        size = _whole_lots(abs(position) * number / 100, instrument)
        words = f"{number}% of {size_text(abs(position))} {unit} = {size_text(size)} {unit}"
    elif suffix == "$":
        if price is None or price <= 0:
            raise ValueError("there is no price on screen to turn money into a size")
        size = _whole_lots(number / instrument.worth(ONE, price), instrument)
        words = f"{number} {instrument.quote} at {price} = {size_text(size)} {unit}"
    else:
        size = number * _FACTOR[suffix]
        if not instrument.is_on_lot(size):
            raise ValueError(f"{size_text(size)} is not a multiple of the lot {instrument.lot_size}")
        words = f"{size_text(size)} {unit}"
    if size <= 0:
        raise ValueError(f"{text.strip()} comes to no {unit} at all")
    return size, words


def _whole_lots(size: Decimal, instrument: Instrument) -> Decimal:
    return (size / instrument.lot_size).quantize(Decimal(1), rounding=ROUND_DOWN) * instrument.lot_size
