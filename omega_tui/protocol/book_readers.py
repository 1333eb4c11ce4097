"""How each exchange numbers and sums the messages of its books: the fields of a raw message, taken out.

Rules of the venues, by number:

1. bitget v2: `pseq` of an update is the `seq` of the message before; a snapshot starts anew. `checksum`,
   where sent, is the signed crc32 of the best 25 levels, bid and ask in turn, `price:size` as written.
2. okx: `prevSeqId` is the `seqId` before; -1 in a snapshot. `seqId` may fall (maintenance); only the link
   counts. `checksum` as at bitget, and 0 since the venue stopped to compute it.
3. bybit v5: `u` of a delta is the one before plus 1; a `snapshot` starts anew, at any number. apex likewise.
4. kraken v2: `checksum` is the crc32 of the best 10 asks, then 10 bids, price and size in the pair's
   precision, without point and leading zeros. The reader drops what lies beyond the subscribed depth.
5. binance: `U` is the `u` before plus 1; at futures `pu` is the `u` before. The start is a REST snapshot,
   whose `lastUpdateId` + 1 lies between `U` and `u` of the first change.
6. gate: `U` is the `u` before plus 1; `full` starts anew.
7. htx, bittrade: spot `prevSeqNum` is the `seqNum` before; contracts count `version` by 1 from `event`
   snapshot.
8. kucoin: `sequenceStart` is the `sequenceEnd` before plus 1; futures count `sequence` by 1.
9. crypto.com: `pu` is the `u` before; channel `book` is a snapshot, `book.update` is not.
10. deribit, coinbase international: `prev_change_id` is the `change_id` before; `type` snapshot starts anew.
11. kraken futures: `seq` counts by 1 from the one of `book_snapshot`.
12. mexc: `fromVersion` is the `toVersion` before plus 1.
13. blofin: `prevSeqId` is the `seqId` before; `action` snapshot starts anew.
14. backpack: `U` is the `u` before plus 1; the start is a REST snapshot.
15. bitfinex: after changes comes `[channel, "cs", checksum]`, the signed crc32 of the best 25 levels, bid and
    ask in turn, `price:amount` as JavaScript writes numbers, the amounts of asks negative.
16. independent reserve: `Crc32` is the crc32 of the best 10 bids, then 10 offers, price and volume with eight
    decimals, without point and leading zeros.
17. coinbase `sequence_num`, blockchain.com `seqnum` and dydx `message_id` count the messages of a connection,
    all channels together. What is lost may have been of any book, so it costs them all. Every node of dydx
    has a book of its own, so what is told of it is crossed at times (docs, "Orderbook").
18. bitvavo: `nonce` counts the changes of a market by 1; the start is a snapshot that is asked for.
19. cex.io: `id` of `md_update` is the one before plus 1, from that of the subscription's answer.
20. extended: `seq` counts by 1; `type` SNAPSHOT starts anew.
21. grvt: `prev_sequence_number` is the `sequence_number` before; 0 is a snapshot.
22. hitbtc, bequant: `s` counts the changes of a symbol by 1; `snapshot` starts anew.
23. lighter: `begin_nonce` is the `nonce` before; `subscribed/order_book` is a snapshot.
24. luno: `sequence` counts by 1; what has `asks` is a snapshot.
25. nado: `last_max_timestamp` is the `max_timestamp` before; the start is a REST snapshot.
26. poloniex: `lastId` is the `id` before; `action` snapshot starts anew.
27. whitebit: `past_update_id` is the `update_id` before; the first parameter is true in a snapshot, which is
    also sent when nothing has changed for 10 s, and may come without a number.
28. woo: `prevTs` of `orderbookupdate` is the `ts` before; the start is a REST snapshot.
29. xt: spot `fi` is the `i` before plus 1, contracts `pu` is the `u` before; the start is a REST snapshot.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from omega_tui.protocol.book_sequence import BookPart, Level, Message, Step
from omega_tui.protocol.ccxt.values import number_of


def int_of(value: object) -> int | None:
    """Return a number that is sent as one or as its text; None for what is neither."""
    try:
        return int(value) if isinstance(value, int | str) and value != "" else None
    except ValueError:
        return None


def _before(number: int | None) -> int | None:
    return None if number is None else number - 1


def _mapping(value: object) -> Message:
    return value if isinstance(value, Mapping) else {}


def rows_of(message: Message) -> list[Message]:
    """Return the rows of `data`, be it one or a list."""
    data = message.get("data")
    rows = data if isinstance(data, list) else [data]
    return [row for row in rows if isinstance(row, Mapping)]


def _texts(rows: Iterable[Any]) -> list[Level]:
    return [(str(row[0]), str(row[1])) for row in rows]


def bitget_steps(message: Message) -> Iterator[Step]:
    """Rule 1."""
    snapshot = message.get("action") == "snapshot"
    for row in rows_of(message):
        yield Step(snapshot, int_of(row.get("pseq")), int_of(row.get("seq")))


def bitget_parts(message: Message) -> Iterator[BookPart]:
    """Rule 1."""
    snapshot = message.get("action") == "snapshot"
    for row in rows_of(message):
        checksum = int_of(row.get("checksum")) or None  # 0 is what is sent in the place of one.
        bids, asks = row.get("bids", row.get("b", ())), row.get("asks", row.get("a", ()))
        yield BookPart(snapshot, _texts(bids), _texts(asks), checksum)


def okx_steps(message: Message) -> Iterator[Step]:
    """Rule 2."""
    snapshot = message.get("action") != "update"
    for row in rows_of(message):
        yield Step(snapshot, int_of(row.get("prevSeqId")), int_of(row.get("seqId")))


def okx_parts(message: Message) -> Iterator[BookPart]:
    """Rule 2."""
    snapshot = message.get("action") != "update"
    for row in rows_of(message):
        checksum = int_of(row.get("checksum")) or None
        yield BookPart(snapshot, _texts(row.get("bids") or ()), _texts(row.get("asks") or ()), checksum)


def bybit_steps(message: Message) -> Iterator[Step]:
    """Rule 3."""
    for row in rows_of(message):
        number = int_of(row.get("u"))
        yield Step(message.get("type") == "snapshot", _before(number), number)


def kraken_parts(message: Message, *, price_decimals: int, size_decimals: int) -> Iterator[BookPart]:
    """Rule 4."""

    def texts(rows: Iterable[Message]) -> list[Level]:
        return [
            (_fixed(row.get("price"), price_decimals), _fixed(row.get("qty"), size_decimals)) for row in rows
        ]

    snapshot = message.get("type") == "snapshot"
    for row in rows_of(message):
        yield BookPart(
            snapshot, texts(row.get("bids") or ()), texts(row.get("asks") or ()), int_of(row.get("checksum"))
        )


def _fixed(value: object, decimals: int) -> str:
    return f"{number_of(value) or Decimal(0):.{decimals}f}"


def binance_steps(message: Message) -> Iterator[Step]:
    """Rule 5."""
    first, last, previous = (int_of(message.get(name)) for name in ("U", "u", "pu"))
    yield Step(False, _before(first) if previous is None else previous, last)


def gate_steps(message: Message) -> Iterator[Step]:
    """Rule 6."""
    row = _mapping(message.get("result"))
    yield Step(bool(row.get("full")), _before(int_of(row.get("U"))), int_of(row.get("u")))


def htx_steps(message: Message) -> Iterator[Step]:
    """Rule 7."""
    row = _mapping(message.get("tick"))
    if "version" in row:
        version = int_of(row["version"])
        yield Step(row.get("event") == "snapshot", _before(version), version)
    else:
        yield Step(False, int_of(row.get("prevSeqNum")), int_of(row.get("seqNum")))


def kucoin_steps(message: Message) -> Iterator[Step]:
    """Rule 8."""
    for row in rows_of(message):
        first = int_of(row.get("sequenceStart", row.get("sequence", row.get("O"))))
        yield Step(False, _before(first), int_of(row.get("sequenceEnd", row.get("sequence", row.get("C")))))


def cryptocom_steps(message: Message) -> Iterator[Step]:
    """Rule 9."""
    snapshot = message.get("channel") == "book"
    for row in rows_of(message):
        yield Step(snapshot, int_of(row.get("pu")), int_of(row.get("u", row.get("s"))))


def deribit_steps(message: Message) -> Iterator[Step]:
    """Rule 10."""
    row = _mapping(_mapping(message.get("params")).get("data"))
    # The grouped channels send the ten or so best levels whole each time, without `type`.
    snapshot = row.get("type", "snapshot") == "snapshot"
    yield Step(snapshot, int_of(row.get("prev_change_id")), int_of(row.get("change_id")))


def krakenfutures_steps(message: Message) -> Iterator[Step]:
    """Rule 11."""
    number = int_of(message.get("seq"))
    yield Step(message.get("feed") == "book_snapshot", _before(number), number)


def mexc_steps(message: Message) -> Iterator[Step]:
    """Rule 12."""
    row = _mapping(message.get("publicAggreDepths") or message.get("d") or message.get("data"))
    if "fromVersion" in row:
        yield Step(False, _before(int_of(row["fromVersion"])), int_of(row.get("toVersion")))
    else:
        number = int_of(row.get("version", row.get("r")))
        yield Step(False, _before(number), number)


def blofin_steps(message: Message) -> Iterator[Step]:
    """Rule 13."""
    row = _mapping(message.get("data"))
    snapshot = message.get("action") == "snapshot"
    yield Step(snapshot, int_of(row.get("prevSeqId")), int_of(row.get("seqId")))


def backpack_steps(message: Message) -> Iterator[Step]:
    """Rule 14."""
    row = _mapping(message.get("data"))
    yield Step(False, _before(int_of(row.get("U"))), int_of(row.get("u")))


def bitfinex_parts(message: Message) -> Iterator[BookPart]:
    """Take the parts of `{"book": levels or one level}` or `{"checksum": number}` (rule 15)."""
    if "checksum" in message:
        yield BookPart(False, [], [], int_of(message["checksum"]))
        return
    levels = message.get("book")
    if not isinstance(levels, list) or not levels:
        return
    snapshot = isinstance(levels[0], list)
    bids: list[Level] = []
    asks: list[Level] = []
    for price, count, amount in levels if snapshot else [levels]:
        size = number_of(amount) or Decimal(0)
        side = asks if size < 0 else bids
        side.append((f"{number_of(price) or Decimal(0):f}", f"{abs(size) if count else Decimal(0):f}"))
    yield BookPart(snapshot, bids, asks, None)


def independentreserve_parts(message: Message) -> Iterator[BookPart]:
    """Take the part of an `orderbook` event (rule 16)."""
    row = _mapping(message.get("Data"))

    def texts(name: str) -> list[Level]:
        return [
            (_fixed(level.get("Price"), 8), _fixed(level.get("Volume"), 8)) for level in row.get(name) or ()
        ]

    snapshot = message.get("Event") == "OrderBookSnapshot"
    yield BookPart(snapshot, texts("Bids"), texts("Offers"), int_of(row.get("Crc32")))


def bitvavo_steps(message: Message) -> Iterator[Step]:
    """Rule 18."""
    number = int_of(message.get("nonce"))
    yield Step(False, _before(number), number)


def cex_steps(message: Message) -> Iterator[Step]:
    """Rule 19."""
    number = int_of(_mapping(message.get("data")).get("id"))
    yield Step(message.get("e") == "order-book-subscribe", _before(number), number)


def extended_steps(message: Message) -> Iterator[Step]:
    """Rule 20."""
    number = int_of(message.get("seq"))
    kind = message.get("type", _mapping(message.get("data")).get("t"))
    yield Step(kind == "SNAPSHOT", _before(number), number)


def grvt_steps(message: Message) -> Iterator[Step]:
    """Rule 21."""
    number = int_of(message.get("sequence_number"))
    yield Step(number == 0, int_of(message.get("prev_sequence_number")), number)


def hitbtc_steps(message: Message) -> Iterator[Step]:
    """Rule 22."""
    snapshot = "snapshot" in message
    for row in _mapping(message.get("snapshot" if snapshot else "update")).values():
        number = int_of(_mapping(row).get("s"))
        yield Step(snapshot, _before(number), number)


def lighter_steps(message: Message) -> Iterator[Step]:
    """Rule 23."""
    row = _mapping(message.get("order_book"))
    snapshot = message.get("type") == "subscribed/order_book"
    yield Step(snapshot, int_of(row.get("begin_nonce")), int_of(row.get("nonce")))


def luno_steps(message: Message) -> Iterator[Step]:
    """Rule 24."""
    number = int_of(message.get("sequence"))
    yield Step("asks" in message, _before(number), number)


def nado_steps(message: Message) -> Iterator[Step]:
    """Rule 25."""
    yield Step(False, int_of(message.get("last_max_timestamp")), int_of(message.get("max_timestamp")))


def poloniex_steps(message: Message) -> Iterator[Step]:
    """Rule 26."""
    snapshot = message.get("action") == "snapshot"
    for row in rows_of(message):
        yield Step(snapshot, int_of(row.get("lastId")), int_of(row.get("id")))


def whitebit_steps(message: Message) -> Iterator[Step]:
    """Rule 27."""
    params = message.get("params")
    if isinstance(params, list) and len(params) > 1:
        row = _mapping(params[1])
        yield Step(params[0] is True, int_of(row.get("past_update_id")), int_of(row.get("update_id")))


def woo_steps(message: Message) -> Iterator[Step]:
    """Rule 28."""
    yield Step(False, int_of(_mapping(message.get("data")).get("prevTs")), int_of(message.get("ts")))


def xt_steps(message: Message) -> Iterator[Step]:
    """Rule 29."""
    row = _mapping(message.get("data"))
    if "fu" in row:
        yield Step(False, int_of(row.get("pu")), int_of(row.get("u")))
    else:
        yield Step(False, _before(int_of(row.get("fi"))), int_of(row.get("i")))


# --------------------------------------------------------------------------- counts of a connection (rule 17)


def coinbase_number(message: Message) -> int | None:
    """Return which message of its connection it is; None where it is not counted."""
    return int_of(message.get("sequence_num"))


def blockchaincom_number(message: Message) -> int | None:
    """Return which message of its connection it is; None where it is not counted."""
    return int_of(message.get("seqnum"))


def dydx_number(message: Message) -> int | None:
    """Return which message of its connection it is; None where it is not counted."""
    return int_of(message.get("message_id"))


def coinbase_is_snapshot(message: Message) -> bool:
    """Say whether a message of `l2_data` is a whole book."""
    return any(_mapping(event).get("type") == "snapshot" for event in message.get("events") or ())


def blockchaincom_is_snapshot(message: Message) -> bool:
    """Say whether a message of `l2` is a whole book."""
    return message.get("event") == "snapshot"


def dydx_is_snapshot(message: Message) -> bool:
    """Say whether a message of `v4_orderbook` is a whole book."""
    return message.get("type") == "subscribed"
