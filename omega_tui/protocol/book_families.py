"""What each exchange offers to check its books by, and why the books of the others stay unchecked.

Every exchange whose books the exchange library can stream is in one of the tables; a test holds them against
the library. What the messages say is in `book_readers`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from omega_tui.protocol import book_readers as read
from omega_tui.protocol.book_sequence import (
    AfterSnapshot,
    BookCheck,
    BookPart,
    ChecksumCheck,
    Message,
    Outcome,
    SequenceCheck,
    Step,
    Verdict,
    WholeBooks,
    alternating_crc,
    bitfinex_crc,
    independentreserve_crc,
    kraken_crc,
)


@dataclass(frozen=True, slots=True)
class Precision:
    """What a check may need to know of a market.

    Attributes:
        price_decimals: Of the pair.
        size_decimals: Of the pair.
        depth: Of the subscription; None not known.
    """

    price_decimals: int = 0
    size_decimals: int = 0
    depth: int | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """How the books of an exchange are checked.

    Attributes:
        check: What is compared, as it is called on screen.
        make: Makes the check of one book on one connection.
        snapshot_from_rest: The stream has changes only; the start is a REST snapshot that the exchange
            library fetches and joins to the stream by itself.
        count: Returns the number of a message on its connection, where the venue counts all its channels
            together; a number that is missing costs every book of the connection.
        may_cross: The venue's own book is crossed at times, and right all the same.
    """

    check: str
    make: Callable[[Precision], BookCheck]
    snapshot_from_rest: bool = False
    count: Callable[[Message], int | None] | None = None
    may_cross: bool = False


def _numbers(steps: Callable[[Message], Iterable[Step]], *, snapshot_from_rest: bool = False) -> Family:
    return Family(
        "seq",
        lambda _: SequenceCheck(steps, snapshot_from_rest=snapshot_from_rest),
        snapshot_from_rest=snapshot_from_rest,
    )


def _counted(
    number: Callable[[Message], int | None],
    is_snapshot: Callable[[Message], bool],
    *,
    may_cross: bool = False,
) -> Family:
    return Family("seq", lambda _: AfterSnapshot(is_snapshot), count=number, may_cross=may_cross)


def _kraken(precision: Precision) -> BookCheck:
    def parts(message: Message) -> Iterable[BookPart]:
        return read.kraken_parts(
            message, price_decimals=precision.price_decimals, size_decimals=precision.size_decimals
        )

    return ChecksumCheck(kraken_crc, parts, truncate=True, depth=precision.depth)


class _OptionalNumbers:
    """Bitget and okx: numbers where they are sent, checksums where they are sent (rules 1 and 2)."""

    def __init__(
        self,
        steps: Callable[[Message], Iterable[Step]],
        parts: Callable[[Message], Iterable[BookPart]],
        *numbers: str,
    ) -> None:
        self._sequence = SequenceCheck(steps)
        self._checksum = ChecksumCheck(alternating_crc, parts)
        self._numbers = numbers
        self._texts_are_current = False

    def judge(self, message: Message) -> Verdict:
        rows = read.rows_of(message)
        verdict = Verdict(Outcome.APPLIED)
        numbered = any(row.get(name) not in {None, ""} for row in rows for name in self._numbers)
        if numbered or self._sequence.last is not None:
            verdict = self._sequence.judge(message)
            if verdict.outcome is not Outcome.APPLIED:
                return verdict
            if not verdict.is_snapshot and not any(read.int_of(row.get("checksum")) for row in rows):
                # Without a sum to compare, keeping the book of texts would be for nothing; it begins again
                # at the next snapshot.
                self._texts_are_current = False
                return verdict
            if not (verdict.is_snapshot or self._texts_are_current):
                return verdict
        self._texts_are_current = True
        found = self._checksum.judge(message)
        return found._replace(is_compared=True) if numbered else found


_WHOLE: Final = Family("whole", lambda _: WholeBooks())
"""Every message is the whole book; there is nothing to lose but time."""

FAMILIES: Final[Mapping[str, Family]] = {
    "bitget": Family("seq", lambda _: _OptionalNumbers(read.bitget_steps, read.bitget_parts, "seq", "pseq")),
    "okx": Family("seq", lambda _: _OptionalNumbers(read.okx_steps, read.okx_parts, "seqId", "prevSeqId")),
    "kraken": Family("crc", _kraken),
    "bitfinex": Family("crc", lambda _: ChecksumCheck(bitfinex_crc, read.bitfinex_parts)),
    "independentreserve": Family(
        "crc", lambda _: ChecksumCheck(independentreserve_crc, read.independentreserve_parts)
    ),
    "bybit": _numbers(read.bybit_steps),
    "cryptocom": _numbers(read.cryptocom_steps),
    "deribit": _numbers(read.deribit_steps),
    "krakenfutures": _numbers(read.krakenfutures_steps),
    "blofin": _numbers(read.blofin_steps),
    "cex": _numbers(read.cex_steps),
    "extended": _numbers(read.extended_steps),
    "grvt": _numbers(read.grvt_steps),
    "hitbtc": _numbers(read.hitbtc_steps),
    "lighter": _numbers(read.lighter_steps),
    "luno": _numbers(read.luno_steps),
    "poloniex": _numbers(read.poloniex_steps),
    "whitebit": Family("seq", lambda _: SequenceCheck(read.whitebit_steps, unnumbered_snapshots=True)),
    "binance": _numbers(read.binance_steps, snapshot_from_rest=True),
    "gate": _numbers(read.gate_steps, snapshot_from_rest=True),
    "htx": _numbers(read.htx_steps, snapshot_from_rest=True),
    "kucoin": _numbers(read.kucoin_steps, snapshot_from_rest=True),
    "mexc": _numbers(read.mexc_steps, snapshot_from_rest=True),
    "backpack": _numbers(read.backpack_steps, snapshot_from_rest=True),
    "bitvavo": _numbers(read.bitvavo_steps, snapshot_from_rest=True),
    "nado": _numbers(read.nado_steps, snapshot_from_rest=True),
    "woo": _numbers(read.woo_steps, snapshot_from_rest=True),
    "xt": _numbers(read.xt_steps, snapshot_from_rest=True),
    "coinbase": _counted(read.coinbase_number, read.coinbase_is_snapshot),
    "blockchaincom": _counted(read.blockchaincom_number, read.blockchaincom_is_snapshot),
    "dydx": _counted(read.dydx_number, read.dydx_is_snapshot, may_cross=True),
    **dict.fromkeys(
        (
            "aster", "bingx", "bithumb", "bitopro", "bitrue", "bullish", "bydfi", "coinone", "derive",
            "hashkey", "hollaex", "hyperliquid", "lbank", "modetrade", "pacifica", "paradex", "polymarket",
            "upbit", "woofipro",
        ),
        _WHOLE,
    ),
}  # fmt: skip
"""By the exchange library's id of the class that speaks the dialect."""

ALIASES: Final[Mapping[str, str]] = {
    "apex": "bybit",
    "bequant": "hitbtc",
    "binanceusdm": "binance",
    "binancecoinm": "binance",
    "binanceus": "binance",
    "bittrade": "htx",
    "coinbaseinternational": "deribit",
    "okxus": "okx",
    "myokx": "okx",
    "bybiteu": "bybit",
    "bybitid": "bybit",
    "gateio": "gate",
    "gateeu": "gate",
    "huobi": "htx",
    "kucoinfutures": "kucoin",
}
"""Ids that speak another one's dialect."""

UNOFFERED: Final[Mapping[str, str]] = {
    "alpaca": "its book stream has neither numbers nor sums",
    "bitstamp": "its changes carry a time, and no number",
    "coinbaseexchange": "its level2 channel has no numbers; the venue promises delivery instead",
    "coincheck": "no change has a number, and the exchange library takes each for the whole book",
    "deepcoin": "its changes carry a time, and no number",
    "gemini": "the stream that the exchange library reads has no numbers",
    "ndax": "it numbers changes and does not say whether one pair or all pairs are counted",
    "onetrading": "its book stream has neither numbers nor sums",
    "p2b": "its book stream has neither numbers nor sums",
    "phemex": "its numbers rise by any amount, so none can be missed",
    "toobit": "its versions are names without an order",
    "weex": "it numbers ranges of changes and does not say how one range joins the next",
}
"""Why there is nothing to check, by exchange: said by the doctor and on the screen."""

MISREAD: Final = frozenset({"coincheck"})
"""Exchanges whose book stream the exchange library misunderstands: the book is asked over REST instead."""


def family_of(exchange_id: str) -> Family | None:
    """Return how the books of an exchange are checked; None where it offers nothing to check."""
    return FAMILIES.get(ALIASES.get(exchange_id, exchange_id))


def why_unchecked(exchange_id: str) -> str:
    """Return why the books of an exchange are not checked, where `family_of` has nothing for it."""
    return UNOFFERED.get(exchange_id, "what this exchange offers is not known here")
