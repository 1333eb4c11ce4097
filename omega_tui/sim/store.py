"""What the venue keeps over a restart: a JSON line per change of an order, trade, account or market.

Lines are handed to the system before a request is answered, so that a killed venue has lost nothing that it
has acknowledged. It is not made for the loss of power.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from omega_tui.errors import SimError
from omega_tui.private_files import create_private
from omega_tui.sim.records import OrderRecord, TradeRecord

VERSION: Final = 1


@dataclass(slots=True)
class MarketState:
    """Where a market was.

    Attributes:
        slug: Which.
        round: Which one in the row.
        fair: The crowd's price.
        tick: In force.
        last_trade: Price of the last print.
    """

    slug: str
    round: int
    fair: float
    tick: int
    last_trade: int


@dataclass(slots=True)
class State:
    """Everything that is kept.

    Attributes:
        orders: By id.
        trades: By id, oldest first.
        accounts: Amount by asset, by address.
        keys: (address, nonce) of every API key given out.
        markets: By slug.
    """

    orders: dict[str, OrderRecord] = field(default_factory=dict)
    trades: dict[str, TradeRecord] = field(default_factory=dict)
    accounts: dict[str, dict[str, int]] = field(default_factory=dict)
    keys: set[tuple[str, int]] = field(default_factory=set)
    markets: dict[str, MarketState] = field(default_factory=dict)


class StateStore:
    """The file.

    Attributes:
        state: What it held when it was read.
    """

    def __init__(self, path: Path, *, seed: int) -> None:
        """Read the file, if there is one.

        Raises:
            SimError: It cannot be read, is no such file, or belongs to another seed.
        """
        self._path = path
        self._seed = seed
        self._file: IO[bytes] | None = None
        try:
            self.state = self._load()
        except OSError as error:
            raise self._unusable(error) from error

    def open(self) -> None:
        """Compact the file, or make it, and keep it open.

        Raises:
            SimError: It cannot be written.
        """
        try:
            self._file = self._compacted()
        except OSError as error:
            raise self._unusable(error) from error

    def put(self, kind: str, value: object) -> None:
        """Add one line; it is safe from a kill after `flush`."""
        assert self._file is not None, "the store is not open"
        self._file.write(msgspec.json.encode({"kind": kind, "value": value}) + b"\n")

    def flush(self) -> None:
        """Hand everything to the system."""
        assert self._file is not None, "the store is not open"
        self._file.flush()

    def close(self) -> None:
        """Flush and let go."""
        if self._file is not None:
            self._file.close()

    def _unusable(self, error: OSError) -> SimError:
        return SimError(f"the state of the exchange cannot be kept in {self._path}: {error.strerror}")

    def _load(self) -> State:
        state = State()
        if not self._path.exists():
            return state
        lines = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            # The last line is cut where the venue was killed while it wrote.
            if not line or number == len(lines):
                continue
            try:
                row = msgspec.json.decode(line, type=dict[str, Any])
                self._fold(state, str(row["kind"]), row["value"])
            except (msgspec.MsgspecError, KeyError, TypeError) as error:
                raise SimError(f"{self._path}, line {number}: no state of an exchange: {error}") from error
        return state

    def _fold(self, state: State, kind: str, value: Any) -> None:  # noqa: ANN401  (JSON of any shape)
        match kind:
            case "head":
                if value != {"version": VERSION, "seed": self._seed}:
                    raise SimError(f"{self._path} was written with other settings: {value}")
            case "order":
                order = msgspec.convert(value, OrderRecord)
                state.orders[order.order_id] = order
            case "trade":
                trade = msgspec.convert(value, TradeRecord)
                state.trades[trade.trade_id] = trade
            case "account":
                state.accounts[value["address"]] = msgspec.convert(value["assets"], dict[str, int])
            case "key":
                state.keys.add((value["address"], value["nonce"]))
            case "market":
                market = msgspec.convert(value, MarketState)
                state.markets[market.slug] = market

    def _compacted(self) -> IO[bytes]:
        """Write what counts into a new file, put it in the place of the old one, and leave it open."""
        fresh = self._path.with_suffix(".new")
        file = create_private(fresh)
        for kind, value in self._rows():
            file.write(msgspec.json.encode({"kind": kind, "value": value}) + b"\n")
        file.flush()
        fresh.replace(self._path)
        return file

    def _rows(self) -> Iterable[tuple[str, object]]:
        state = self.state
        yield "head", {"version": VERSION, "seed": self._seed}
        yield from (("order", order) for order in state.orders.values())
        yield from (("trade", trade) for trade in state.trades.values())
        for address, assets in state.accounts.items():
            yield "account", {"address": address, "assets": assets}
        for address, nonce in sorted(state.keys):
            yield "key", {"address": address, "nonce": nonce}
        yield from (("market", market) for market in state.markets.values())
