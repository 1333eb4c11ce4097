"""One account of one exchange: two instances of the library, its instruments, its clock and its patience.

Questions and streams go through one instance, orders and cancels through another, so that they share no
connection; both go through one gate with priorities, which counts the venue's budget.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from omega_tui.clock import Clock
from omega_tui.domain.instrument import Instrument, InstrumentKind
from omega_tui.domain.venue_health import VenueHealth, certain_skew_ms
from omega_tui.errors import VenueError, VenueRefused
from omega_tui.protocol.ccxt.instruments import instrument_of, symbol_of
from omega_tui.units import NS_PER_MS, NS_PER_S
from omega_tui.venues.ccxt_edits import amends_in_place
from omega_tui.venues.ccxt_fired import FiredStops
from omega_tui.venues.ccxt_guard import BookGuard
from omega_tui.venues.ccxt_intents import stop_support
from omega_tui.venues.ccxt_loader import Exchange, ExchangeAccount, Progress, load_library, make_exchange
from omega_tui.venues.ccxt_markets import fetch_markets, install_markets, load_markets
from omega_tui.venues.ccxt_modes import MODES, ONE_WAY, AccountModes
from omega_tui.venues.ccxt_outcome import PARSE_FAILURES, failure_of
from omega_tui.venues.ccxt_rights import RIGHTS, KeyRights
from omega_tui.venues.rate_gate import Priority, RateGate, RateLines, passing

Answer = TypeVar("Answer")


REST_FIRST_S: Final = 2.0
REST_MAX_S: Final = 120.0
"""How long questions rest after 418 or 429: doubling up to the second, or what the venue asks for."""

CLOCK_EVERY_S: Final = 60.0
RIGHTS_EVERY_S: Final = 3600.0
RETRY_S: Final = 10.0
"""How often the clock is measured and the key's rights are asked for, and after a failure."""

HIDES_SIZE: Final = frozenset(
    {
        "binance",
        "binanceus",
        "binanceusdm",
        "bitfinex",
        "bitmex",
        "bitstamp",
        "deribit",
        "gate",
        "kraken",
        "krakenfutures",
        "kucoin",
        "mexc",
    }
)
"""Exchanges whose order calls offer iceberg or hidden orders that rest: more may be ahead than is shown."""


class CcxtSession:
    """What feed, broker and market data of one account share.

    Attributes:
        account: What it was made from.
        data: Instance for questions and streams.
        trade: Instance for orders and cancels.
        guard: Hooks of `data`.
        instruments: By id.
        skew_ms: Our clock minus the venue's; None until measured.
        markets_ns: When the markets were fetched, wall clock.
        rests_until_ns: Until when no question is sent, monotonic clock; 0 while they are. Cancels never rest.
        rests_reason: The venue's words for it; empty while it does not rest.
        latency_ms: Time of the last question.
        rights: What the key may do; None until told, and where the venue does not tell.
        modes: Of the account, by instrument, as far as they were asked for.
        gate: Counts the budget, and lets cancels through.
        fired: What became of stops.
    """

    def __init__(
        self,
        account: ExchangeAccount,
        *,
        clock: Clock,
        cache: Path | None,
        progress: Progress,
        lines: RateLines | None = None,
    ) -> None:
        """Make one; nothing is imported or opened yet.

        Args:
            account: Exchange, type and keys.
            clock: For ages and stamps.
            cache: Folder for the markets; None to fetch them each time.
            progress: Told what is being waited for.
            lines: The budgets of this process, where several accounts of one exchange share one.
        """
        assert ":" not in account.venue, "a venue's name must not contain a colon"
        self.account = account
        self.data: Exchange = None
        self.trade: Exchange = None
        self.guard: BookGuard
        self.instruments: dict[str, Instrument] = {}
        self.skew_ms: float | None = None
        self.markets_ns = 0
        self.rests_until_ns = 0
        self.rests_reason = ""
        self.latency_ms: float | None = None
        self.rights: KeyRights | None = None
        self.modes: dict[str, AccountModes] = {}
        self.gate: RateGate
        self.library: ModuleType
        self.clock = clock
        self._cache = cache
        self._lines = lines or RateLines()
        self.fired = FiredStops(account.exchange_id, self.ask)
        self._progress = progress
        self._rest_s = REST_FIRST_S
        self._certain_skew_ms: float | None = None
        self._clock_due_ns = 0
        self._rights_due_ns = 0
        self._opening = asyncio.Lock()

    @property
    def venue(self) -> str:
        """Our name of it."""
        return self.account.venue

    @property
    def exchange_id(self) -> str:
        """The library's id of the exchange."""
        return self.account.exchange_id

    @property
    def is_open(self) -> bool:
        """Whether it may be used. After its end the library would open sessions again without a word."""
        return self.data is not None

    async def open(self) -> None:
        """Load the library and the markets. May be called again after a failure.

        Raises:
            VenueError: The exchange did not give its markets, or is none.
        """
        async with self._opening:  # Feed and broker share a session, and may both begin.
            if not self.is_open:
                await self._open()

    async def _open(self) -> None:
        self.library = await load_library(self._progress)
        markets = await load_markets(
            self.library, self.account, folder=self._cache, clock=self.clock, progress=self._progress
        )
        data, trade = (make_exchange(self.library, self.account) for _ in range(2))
        self.guard = BookGuard(data, clock=self.clock)
        per_s = data.tokenBucket["refillRate"] * 1_000
        counted = (self.exchange_id, self.account.loopback, self.account.sandbox)
        self.gate = RateGate(self.venue, self._lines.of(counted, per_s, self.clock))
        data.throttle = trade.throttle = self.gate.enter
        await asyncio.to_thread(install_markets, data, markets)
        trade.set_markets_from_exchange(data)
        self.instruments = await asyncio.to_thread(
            instruments_of, self.venue, data, self.account.account_type
        )
        self.markets_ns = markets.saved_ns
        self.data, self.trade = data, trade

    async def refresh_markets(self) -> None:
        """Fetch the markets anew, whatever is on disk, and use them from now on.

        Raises:
            VenueError: The exchange did not give them; those known before stay, and their age.
        """
        markets = await fetch_markets(self.library, self.account, folder=self._cache, clock=self.clock)
        # The library fills its tables in place, and streams read them meanwhile: another instance is filled.
        filled = make_exchange(self.library, self.account)
        try:
            await asyncio.to_thread(install_markets, filled, markets)
            found = await asyncio.to_thread(instruments_of, self.venue, filled, self.account.account_type)
            if self.is_open:
                for exchange in (self.data, self.trade):
                    exchange.set_markets_from_exchange(filled)
                self.instruments, self.markets_ns = found, markets.saved_ns
        finally:
            await filled.close()

    async def close(self) -> None:
        """Close both instances; never raises."""
        closing = [exchange for exchange in (self.data, self.trade) if exchange is not None]
        self.data = self.trade = None
        if closing:
            self.gate.close()
        for exchange in closing:
            await exchange.close()

    def instrument(self, instrument_id: str) -> Instrument:
        """Return one instrument.

        Raises:
            VenueRefused: The venue does not list it.
        """
        try:
            return self.instruments[instrument_id]
        except KeyError:
            raise VenueRefused(
                f"{self.venue} does not list {instrument_id}", venue=self.venue, code="INSTRUMENT"
            ) from None

    def instrument_of_row(self, row: Mapping[str, Any]) -> Instrument | None:
        """Return the instrument of a ccxt row; None for one that is not listed here."""
        return self.instruments.get(f"{self.venue}:{row.get('symbol')}")

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """What a call of the library may raise for reasons outside of this program."""
        # A socket that closes just before a subscription is sent comes out bare, as Python's own error.
        return (self.library.BaseError, OSError, *PARSE_FAILURES)

    async def ask(
        self, asked: str, question: Callable[[Exchange], Awaitable[Answer]], *, urgent: bool = False
    ) -> Answer:
        """Return the answer to a question, asked through the instance for questions.

        Args:
            asked: What it is, as `the open orders`, for messages.
            question: Takes the instance.
            urgent: A cancel needs the answer: it is asked through the other instance, and never rests.

        Raises:
            VenueError: There is no answer; `RATE_LIMIT` while questions rest.
        """
        if not self.is_open:
            raise VenueError(f"{self.venue} is not open", venue=self.venue, code="CLOSED")
        began_ns = self.clock.mono_ns()
        left_s = self.rests_s()
        if left_s and not urgent:
            raise VenueError(
                f"{self.venue} asked for less; questions rest for {left_s:.0f} s, cancels do not",
                venue=self.venue,
                code="RATE_LIMIT",
            )
        exchange = self.trade if urgent else self.data
        try:
            with passing(Priority.CANCEL if urgent else Priority.QUESTION):
                answer = await question(exchange)
        except self.failures as error:
            raise self.failed(error, exchange, asked) from None
        self._rest_s, self.rests_reason = REST_FIRST_S, ""
        self.latency_ms = (self.clock.mono_ns() - began_ns) / NS_PER_MS
        return answer

    def failed(self, error: BaseException, exchange: Exchange, asked: str) -> VenueError:
        """Return what to raise for an exception of the library, and draw the conclusions for what follows.

        Args:
            error: What came out of the call.
            exchange: The instance that was called.
            asked: What it was, as `the open orders`.
        """
        failure = failure_of(error, venue=self.venue, asked=asked)
        if failure.code == "RATE_LIMIT":
            self._rest(exchange, str(failure))
        elif failure.code == "CLOCK":
            self._clock_due_ns = 0
        return failure

    def rests_s(self) -> float:
        """Return for how long nothing but cancels is sent, because the venue asked for less; 0 for now."""
        return max(0, self.rests_until_ns - self.clock.mono_ns()) / NS_PER_S

    def health(self) -> VenueHealth:
        """Return how the venue answers, as of now."""
        now_ns, rest_s, rights = self.clock.now_ns(), self.rests_s(), self.rights
        return VenueHealth(
            venue=self.venue,
            latency_ms=self.latency_ms,
            clock_skew_ms=self._certain_skew_ms,
            rate_used=self.gate.used if self.is_open else None,
            waiting=self.gate.waiting if self.is_open else 0,
            rests_until_ns=now_ns + round(rest_s * NS_PER_S) if rest_s else 0,
            rests_reason=self.rests_reason if rest_s else "",
            may_trade=rights.may_trade if rights is not None else None,
            may_withdraw=rights.may_withdraw if rights is not None else None,
            rights_untold=rights is None and bool(self.account.credentials),
            markets_ns=self.markets_ns,
            ts_ns=now_ns,
        )

    async def look_after(self) -> None:
        """Measure the clock and ask for the rights of the key, as far as they are due. Never raises."""
        now_ns = self.clock.mono_ns()
        if not self.is_open or self.rests_s():
            return
        if now_ns >= self._clock_due_ns:
            self._clock_due_ns = now_ns + round(RETRY_S * NS_PER_S)
            with suppress(VenueError):
                await self.fetch_server_time_ns()
                self._clock_due_ns = now_ns + round(CLOCK_EVERY_S * NS_PER_S)
        if now_ns >= self._rights_due_ns and self.account.credentials:
            self._rights_due_ns = now_ns + round(RETRY_S * NS_PER_S)
            with suppress(VenueError):
                await self.fetch_rights()
                self._rights_due_ns = now_ns + round(RIGHTS_EVERY_S * NS_PER_S)

    async def fetch_server_time_ns(self) -> int:
        """Return the venue's clock and note the skew, which is then used for signing."""
        began_ns = self.clock.now_ns()
        answer = await self.ask("its clock", lambda exchange: exchange.fetch_time())
        ended_ns = self.clock.now_ns()
        server_ns = int(answer) * NS_PER_MS
        self._certain_skew_ms = certain_skew_ms(began_ns, ended_ns, server_ns)
        self.skew_ms = ((began_ns + ended_ns) // 2 - server_ns) / NS_PER_MS
        for exchange in (self.data, self.trade):
            if exchange is not None:
                exchange.options["timeDifference"] = round(self.skew_ms)
        return server_ns

    async def modes_of(self, instrument: Instrument) -> AccountModes:
        """Return the modes of the account for an instrument; asked once, where the venue tells.

        Elsewhere they are taken to be the usual ones: a venue in another mode refuses the order.

        Raises:
            VenueError: The venue did not answer.
        """
        question = MODES.get(self.exchange_id)
        if question is None or instrument.kind is InstrumentKind.SPOT:
            return ONE_WAY
        if instrument.id not in self.modes:
            symbol = symbol_of(instrument.id)

            async def asked(exchange: Exchange) -> AccountModes:
                return question.read(await question.ask(exchange, symbol))

            self.modes[instrument.id] = await self.ask("the position mode", asked)
        return self.modes[instrument.id]

    async def fetch_rights(self) -> KeyRights | None:
        """Return what the key may do, and note it; None where the venue does not tell.

        Raises:
            VenueError: The venue did not answer, or does not take the key.
        """
        question = RIGHTS.get(self.exchange_id)
        if question is not None:
            answer = await self.ask("the rights of the key", question.ask)
            is_spot = self.account.account_type == "spot"
            self.rights = question.read(answer, is_spot)
        return self.rights

    def _rest(self, exchange: Exchange, reason: str) -> None:
        headers = {name.lower(): value for name, value in (exchange.last_response_headers or {}).items()}
        asked = str(headers.get("retry-after", ""))
        rest_s = max(self._rest_s, float(asked) if asked.isdigit() else 0.0)
        self.rests_until_ns = self.clock.mono_ns() + round(min(rest_s, REST_MAX_S) * NS_PER_S)
        self.rests_reason = reason
        self._rest_s = min(self._rest_s * 2, REST_MAX_S)


def instruments_of(venue: str, exchange: Exchange, account_type: str) -> dict[str, Instrument]:
    """Return what an account of this type can trade, by id."""
    account = ExchangeAccount(venue=venue, exchange_id=exchange.id, account_type=account_type)
    return instruments_in(account, exchange.markets, exchange.precisionMode)


def instruments_in(
    account: ExchangeAccount, markets: Mapping[str, Any], precision_mode: int
) -> dict[str, Instrument]:
    """Return what an account of this type can trade, by id, of market structures of the library."""
    found = (
        instrument_of(
            market,
            venue=account.venue,
            precision_mode=precision_mode,
            is_fifo=account.exchange_id not in HIDES_SIZE,
        )
        for market in markets.values()
        if bool(market.get("spot")) is (account.account_type == "spot")
    )
    exchange_id = account.exchange_id
    return {
        one.id: replace(
            one,
            stops=stop_support(exchange_id, one.kind),
            amends_in_place=amends_in_place(one.kind, exchange_id),
        )
        for one in found
        if one is not None
    }
