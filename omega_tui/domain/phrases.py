"""Order language: what a line may say. Values only; the grammar that reads them is in `phrase_grammar`.

```
buy|sell SIZE (@ PRICE | join | improve | cross | market | cursor) [po] [ro] [ioc|fok|gtc] [bracket TAKE STOP]
stop [buy|sell] SIZE @ TRIGGER [limit PRICE] [ro]
oco [buy|sell] SIZE take PRICE stop TRIGGER [limit PRICE]
bracket TAKE STOP                      around the position: +20t -10t, +1% -0.5%, or prices
scale buy|sell SIZE from PRICE to PRICE n COUNT [rising|falling] [po] [ro]
chase buy|sell SIZE to PRICE [for TIME] [ro]
twap buy|sell SIZE to PRICE in TIME n COUNT [ro]
close [SIZE] [@ PRICE | join | cross]
move @ PRICE to PRICE                  an order of ours
```
"""

from enum import StrEnum

from msgspec import Struct

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.phrase_values import Expression
from omega_tui.domain.side import Side


class Place(StrEnum):
    """Where an order goes, when that is not a price."""

    JOIN = "join"
    IMPROVE = "improve"
    CROSS = "cross"
    MARKET = "market"
    CURSOR = "cursor"


class Weight(StrEnum):
    """How the size of a scale is spread: the same everywhere, or more towards its end or its beginning."""

    EVEN = "even"
    RISING = "rising"
    FALLING = "falling"


class Terms(Struct, frozen=True):
    """The words after an order.

    Attributes:
        post_only: `po`.
        reduce_only: `ro`.
        time_in_force: None where no word says it.
    """

    post_only: bool = False
    reduce_only: bool = False
    time_in_force: TimeInForce | None = None


class OrderPhrase(Struct, frozen=True, tag=True):
    """`buy` and `sell`."""

    side: Side
    size: Expression | None
    at: Expression | Place
    terms: Terms
    take: Expression | None = None
    stop: Expression | None = None


class StopPhrase(Struct, frozen=True, tag=True):
    """`stop`; without a side it closes: sell below the market, buy above it."""

    side: Side | None
    size: Expression | None
    trigger: Expression
    limit: Expression | None
    reduce_only: bool


class OcoPhrase(Struct, frozen=True, tag=True):
    """`oco`; without a side it closes the position."""

    side: Side | None
    size: Expression | None
    take: Expression
    stop: Expression
    limit: Expression | None


class BracketPhrase(Struct, frozen=True, tag=True):
    """`bracket` by itself: both ways out of the position."""

    take: Expression
    stop: Expression


class ScalePhrase(Struct, frozen=True, tag=True):
    """`scale`."""

    side: Side
    size: Expression | None
    first: Expression
    last: Expression
    count: int
    weight: Weight
    terms: Terms


class ChasePhrase(Struct, frozen=True, tag=True):
    """`chase`."""

    side: Side
    size: Expression | None
    limit: Expression
    seconds: int
    reduce_only: bool


class TwapPhrase(Struct, frozen=True, tag=True):
    """`twap`."""

    side: Side
    size: Expression | None
    limit: Expression
    seconds: int
    slices: int
    reduce_only: bool


class ClosePhrase(Struct, frozen=True, tag=True):
    """`close`: out of the position, or a part of it."""

    size: Expression | None
    at: Expression | Place


class MovePhrase(Struct, frozen=True, tag=True):
    """`move`: the orders of ours at one price go to another."""

    source: Expression
    target: Expression


Phrase = (
    OrderPhrase
    | StopPhrase
    | OcoPhrase
    | BracketPhrase
    | ScalePhrase
    | ChasePhrase
    | TwapPhrase
    | ClosePhrase
    | MovePhrase
)
