"""How each exchange numbers and sums the messages of its books.

Rules of the venues, by number:

1. bitget v2: `pseq` of an update is the `seq` of the message before; a snapshot starts anew. `checksum`,
   where sent, is the signed crc32 of the best 25 levels, bid and ask in turn, `price:size` as written.
2. okx: `prevSeqId` is the `seqId` before; -1 in a snapshot. `seqId` may fall (maintenance); only the link
   counts. `checksum` as at bitget, and 0 since the venue stopped to compute it.
3. bybit v5: `u` of a delta is the one before plus 1; a `snapshot` starts anew, at any number.
4. kraken v2: `checksum` is the crc32 of the best 10 asks, then 10 bids, price and size in the pair's
   precision, without point and leading zeros. The reader drops what lies beyond the subscribed depth.
5. binance: `U` is the `u` before plus 1; at futures `pu` is the `u` before. The start is a REST snapshot,
   whose `lastUpdateId` + 1 lies between `U` and `u` of the first change.
6. gate: `U` is the `u` before plus 1; `full` starts anew.
7. htx: spot `prevSeqNum` is the `seqNum` before; contracts count `version` by 1 from `event` snapshot.
8. kucoin: `sequenceStart` is the `sequenceEnd` before plus 1; futures count `sequence` by 1.
9. crypto.com: `pu` is the `u` before; channel `book` is a snapshot, `book.update` is not.
10. deribit: `prev_change_id` is the `change_id` before; `type` snapshot starts anew.
11. kraken futures: `seq` counts by 1 from the one of `book_snapshot`.
12. mexc: `fromVersion` is the `toVersion` before plus 1.
13. blofin: `prevSeqId` is the `seqId` before; `action` snapshot starts anew.
14. backpack: `U` is the `u` before plus 1; the start is a REST snapshot.
15. hyperliquid, bingx, aster: every message is the whole book; there is nothing to lose but time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from omega_tui.protocol.book_sequence import (
    BookCheck,
    BookPart,
    ChecksumCheck,
    Level,
    Message,
    Outcome,
    SequenceCheck,
    Step,
    Verdict,
    WholeBooks,
    alternating_crc,
    kraken_crc,
)
from omega_tui.protocol.ccxt_mapping import number_of

# ------------------------------------------------------------------------------------------ reading messages


def _int(value: object) -> int | None:
    try:
        return int(value) if isinstance(value, int | str) and value != "" else None
    except ValueError:
        return None


def _before(number: int | None) -> int | None:
    return None if number is None else number - 1


def _mapping(value: object) -> Message:
    return value if isinstance(value, Mapping) else {}


def _rows(message: Message) -> list[Message]:
    data = message.get("data")
    rows = data if isinstance(data, list) else [data]
    return [row for row in rows if isinstance(row, Mapping)]


def _texts(rows: Iterable[Any]) -> list[Level]:
    return [(str(row[0]), str(row[1])) for row in rows]


def _bitget_steps(message: Message) -> Iterator[Step]:
    snapshot = message.get("action") == "snapshot"
    for row in _rows(message):
        yield Step(snapshot, _int(row.get("pseq")), _int(row.get("seq")))


def _bitget_parts(message: Message) -> Iterator[BookPart]:
    snapshot = message.get("action") == "snapshot"
    for row in _rows(message):
        checksum = _int(row.get("checksum")) or None  # 0 is what is sent in the place of one.
        bids, asks = row.get("bids", row.get("b", ())), row.get("asks", row.get("a", ()))
        yield BookPart(snapshot, _texts(bids), _texts(asks), checksum)


def _okx_steps(message: Message) -> Iterator[Step]:
    snapshot = message.get("action") != "update"
    for row in _rows(message):
        yield Step(snapshot, _int(row.get("prevSeqId")), _int(row.get("seqId")))


def _okx_parts(message: Message) -> Iterator[BookPart]:
    snapshot = message.get("action") != "update"
    for row in _rows(message):
        checksum = _int(row.get("checksum")) or None
        yield BookPart(snapshot, _texts(row.get("bids") or ()), _texts(row.get("asks") or ()), checksum)


def _bybit_steps(message: Message) -> Iterator[Step]:
    for row in _rows(message):
        number = _int(row.get("u"))
        yield Step(message.get("type") == "snapshot", _before(number), number)


def _kraken_parts(message: Message, *, price_decimals: int, size_decimals: int) -> Iterator[BookPart]:
    def texts(rows: Iterable[Message]) -> list[Level]:
        return [
            (_fixed(row.get("price"), price_decimals), _fixed(row.get("qty"), size_decimals)) for row in rows
        ]

    snapshot = message.get("type") == "snapshot"
    for row in _rows(message):
        yield BookPart(
            snapshot, texts(row.get("bids") or ()), texts(row.get("asks") or ()), _int(row.get("checksum"))
        )


def _fixed(value: object, decimals: int) -> str:
    return f"{number_of(value) or Decimal(0):.{decimals}f}"


def _binance_steps(message: Message) -> Iterator[Step]:
    first, last, previous = (_int(message.get(name)) for name in ("U", "u", "pu"))
    yield Step(False, _before(first) if previous is None else previous, last)


def _gate_steps(message: Message) -> Iterator[Step]:
    row = _mapping(message.get("result"))
    yield Step(bool(row.get("full")), _before(_int(row.get("U"))), _int(row.get("u")))


def _htx_steps(message: Message) -> Iterator[Step]:
    row = _mapping(message.get("tick"))
    if "version" in row:
        version = _int(row["version"])
        yield Step(row.get("event") == "snapshot", _before(version), version)
    else:
        yield Step(False, _int(row.get("prevSeqNum")), _int(row.get("seqNum")))


def _kucoin_steps(message: Message) -> Iterator[Step]:
    for row in _rows(message):
        first = _int(row.get("sequenceStart", row.get("sequence", row.get("O"))))
        yield Step(False, _before(first), _int(row.get("sequenceEnd", row.get("sequence", row.get("C")))))


def _cryptocom_steps(message: Message) -> Iterator[Step]:
    snapshot = message.get("channel") == "book"
    for row in _rows(message):
        yield Step(snapshot, _int(row.get("pu")), _int(row.get("u", row.get("s"))))


def _deribit_steps(message: Message) -> Iterator[Step]:
    row = _mapping(_mapping(message.get("params")).get("data"))
    # The grouped channels send the ten or so best levels whole each time, without `type`.
    snapshot = row.get("type", "snapshot") == "snapshot"
    yield Step(snapshot, _int(row.get("prev_change_id")), _int(row.get("change_id")))


def _krakenfutures_steps(message: Message) -> Iterator[Step]:
    number = _int(message.get("seq"))
    yield Step(message.get("feed") == "book_snapshot", _before(number), number)


def _mexc_steps(message: Message) -> Iterator[Step]:
    row = _mapping(message.get("publicAggreDepths") or message.get("d") or message.get("data"))
    if "fromVersion" in row:
        yield Step(False, _before(_int(row["fromVersion"])), _int(row.get("toVersion")))
    else:
        number = _int(row.get("version", row.get("r")))
        yield Step(False, _before(number), number)


def _blofin_steps(message: Message) -> Iterator[Step]:
    row = _mapping(message.get("data"))
    snapshot = message.get("action") == "snapshot"
    yield Step(snapshot, _int(row.get("prevSeqId")), _int(row.get("seqId")))


def _backpack_steps(message: Message) -> Iterator[Step]:
    row = _mapping(message.get("data"))
    yield Step(False, _before(_int(row.get("U"))), _int(row.get("u")))


# ------------------------------------------------------------------------------------------------- families


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
    """

    check: str
    make: Callable[[Precision], BookCheck]
    snapshot_from_rest: bool = False


def _numbers(read: Callable[[Message], Iterable[Step]], *, snapshot_from_rest: bool = False) -> Family:
    return Family(
        "seq",
        lambda _: SequenceCheck(read, snapshot_from_rest=snapshot_from_rest),
        snapshot_from_rest=snapshot_from_rest,
    )


def _kraken(precision: Precision) -> BookCheck:
    def read(message: Message) -> Iterable[BookPart]:
        return _kraken_parts(
            message, price_decimals=precision.price_decimals, size_decimals=precision.size_decimals
        )

    return ChecksumCheck(kraken_crc, read, truncate=True, depth=precision.depth)


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
        rows = _rows(message)
        verdict = Verdict(Outcome.APPLIED)
        numbered = any(row.get(name) not in {None, ""} for row in rows for name in self._numbers)
        if numbered or self._sequence.last is not None:
            verdict = self._sequence.judge(message)
            if verdict.outcome is not Outcome.APPLIED:
                return verdict
            if not verdict.is_snapshot and not any(_int(row.get("checksum")) for row in rows):
                # Without a sum to compare, keeping the book of texts would be for nothing; it begins again
                # at the next snapshot.
                self._texts_are_current = False
                return verdict
            if not (verdict.is_snapshot or self._texts_are_current):
                return verdict
        self._texts_are_current = True
        return self._checksum.judge(message)


FAMILIES: Final[Mapping[str, Family]] = {
    "bitget": Family("seq", lambda _: _OptionalNumbers(_bitget_steps, _bitget_parts, "seq", "pseq")),
    "okx": Family("seq", lambda _: _OptionalNumbers(_okx_steps, _okx_parts, "seqId", "prevSeqId")),
    "bybit": _numbers(_bybit_steps),
    "kraken": Family("crc", _kraken),
    "binance": _numbers(_binance_steps, snapshot_from_rest=True),
    "gate": _numbers(_gate_steps, snapshot_from_rest=True),
    "htx": _numbers(_htx_steps, snapshot_from_rest=True),
    "kucoin": _numbers(_kucoin_steps, snapshot_from_rest=True),
    "cryptocom": _numbers(_cryptocom_steps),
    "deribit": _numbers(_deribit_steps),
    "krakenfutures": _numbers(_krakenfutures_steps),
    "mexc": _numbers(_mexc_steps, snapshot_from_rest=True),
    "blofin": _numbers(_blofin_steps),
    "backpack": _numbers(_backpack_steps, snapshot_from_rest=True),
    "hyperliquid": Family("whole", lambda _: WholeBooks()),
    "bingx": Family("whole", lambda _: WholeBooks()),
    "aster": Family("whole", lambda _: WholeBooks()),
}
"""By the exchange library's id of the class that speaks the dialect."""

ALIASES: Final[Mapping[str, str]] = {
    "binanceusdm": "binance",
    "binancecoinm": "binance",
    "binanceus": "binance",
    "okxus": "okx",
    "myokx": "okx",
    "bybiteu": "bybit",
    "gateio": "gate",
    "gateeu": "gate",
    "huobi": "htx",
    "kucoinfutures": "kucoin",
}
"""Ids that speak another one's dialect."""


def family_of(exchange_id: str) -> Family | None:
    """Return how the books of an exchange are checked; None where it offers nothing to check."""
    return FAMILIES.get(ALIASES.get(exchange_id, exchange_id))
