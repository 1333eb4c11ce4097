"""Orders at an exchange, through the library: `Broker` for one account.

The call that places an order is fixed and journaled as bytes, and those bytes are what is then called, once.
What an exception proves is in `ccxt_outcome`; what the account is asked is in `ccxt_account`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import msgspec

from omega_tui.domain.instrument import StopSupport
from omega_tui.domain.order_facts import LIVE
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.venue_health import VenueHealth
from omega_tui.errors import (
    OrderRefused,
    OutcomeUnknown,
    RemoteProtocolError,
    VenueError,
    VenueRefused,
    VenueUnreachable,
)
from omega_tui.protocol.ccxt.account import status_of
from omega_tui.protocol.ccxt.instruments import symbol_of
from omega_tui.venues.base import CancelOutcome, DeadManTerms, PlaceOutcome, PreparedOrder, Refused, Unknown
from omega_tui.venues.ccxt_account import TRIGGER, CcxtQuestions, Known
from omega_tui.venues.ccxt_dead_man import dead_man_of
from omega_tui.venues.ccxt_edits import EditCall, edit_call_of, edit_of, edits_in_place
from omega_tui.venues.ccxt_intents import Call, call_of, stop_support
from omega_tui.venues.ccxt_loader import Exchange
from omega_tui.venues.ccxt_modes import ONE_WAY
from omega_tui.venues.ccxt_order_checks import check_untouched, checked
from omega_tui.venues.ccxt_outcome import outcome_of_edit, outcome_of_error, outcome_of_order
from omega_tui.venues.ccxt_session import CcxtSession
from omega_tui.venues.ccxt_table import (
    CANCEL_ALL_OF_SYMBOL,
    CANCEL_BY_CLIENT_ID,
    DEFAULT_LATENESS_S,
    LATENESS_S,
)
from omega_tui.venues.rate_gate import Priority, passing

PLACE_S: Final = 10.0
CANCEL_S: Final = 10.0
"""Deadlines over the whole call, the wait for the budget included (order safety, section 2)."""

ORDER_PATIENCE_S: Final = 1.0
"""An order that the request budget holds up for longer is not sent: its price would be an old one."""


class CcxtBroker(CcxtQuestions):
    """`Broker` over one session.

    Attributes:
        is_live: Whether real money is behind it.
    """

    def __init__(
        self,
        session: CcxtSession,
        *,
        is_live: bool,
        order_patience_s: float = ORDER_PATIENCE_S,
        shares_session: bool = False,
    ) -> None:
        """Make one; nothing is opened yet.

        Args:
            session: What it asks and orders through.
            is_live: Whether real money is behind it.
            order_patience_s: How long an order may wait for the budget.
            shares_session: Whether somebody else closes the session.
        """
        super().__init__(session)
        self.is_live = is_live
        self._order_patience_s = order_patience_s
        self._shares_session = shares_session

    async def open(self) -> None:
        await self._session.open()

    async def close(self) -> None:
        if not self._shares_session:
            await self._session.close()

    def health(self) -> VenueHealth:
        """Return how the venue answers, as of now."""
        return self._session.health()

    async def look_after(self) -> None:
        """Measure the clock and ask for the rights of the key, as far as they are due."""
        await self._session.look_after()

    @property
    def exchange_id(self) -> str:
        """The library's id of the exchange."""
        return self._session.exchange_id

    def forget_modes(self, instrument: str) -> None:
        """Have the next order ask for the account's modes again."""
        self._session.modes.pop(instrument, None)

    async def warm(self, instrument: str) -> None:
        """As of the asking half; and know the account's modes and the key's rights before the first order."""
        await super().warm(instrument)
        if self._session.is_open:
            await self._session.look_after()
            with suppress(VenueError):  # An order asks again, and is refused by name if that fails.
                await self._session.modes_of(self._session.instrument(instrument))

    # --- placing

    async def prepare(self, request: OrderRequest) -> PreparedOrder:
        self._check_rights()
        instrument = checked(self._session, request)
        try:
            modes = await self._session.modes_of(instrument)
        except VenueError as error:
            text = f"Whether the account is in hedge mode is not known: {error}. Try again."
            raise OrderRefused("POSITION_MODE", text) from error
        call = call_of(request, instrument, self._session.exchange_id, modes)
        check_untouched(self._session, call, instrument)
        return PreparedOrder(
            request=request,
            expected_venue_order_id="",
            payload=msgspec.json.encode(call),
            lateness_bound_s=LATENESS_S.get(self._session.exchange_id, DEFAULT_LATENESS_S),
        )

    def _check_rights(self) -> None:
        """Refuse what the key is known not to be allowed to; what is not known is the venue's to refuse."""
        rights = self._session.rights
        if rights is not None and not rights.may_trade:
            raise OrderRefused(
                "READ_ONLY_KEY", f"The key of {self.venue} only reads: give it one that may trade."
            )

    async def place(self, prepared: PreparedOrder) -> PlaceOutcome:
        call = msgspec.json.decode(prepared.payload, type=Call)
        return await self._send(prepared.request, "create_order", msgspec.structs.astuple(call))

    def keeps_stop(self, request: OrderRequest) -> bool:
        # In hedge mode no stop was seen leaving as what it should be: it is held here then, as elsewhere.
        modes = self._session.modes.get(request.instrument, ONE_WAY)
        try:
            call_of(request, self._session.instrument(request.instrument), self._session.exchange_id, modes)
        except (OrderRefused, VenueRefused):
            return False
        return True

    def follows_stop(self, request: OrderRequest) -> bool:
        try:
            kind = self._session.instrument(request.instrument).kind
        except VenueRefused:
            return False
        support = stop_support(self._session.exchange_id, kind)
        return support is StopSupport.SAME_ORDER and self.keeps_stop(request)

    async def prepare_edit(self, venue_order_id: str, request: OrderRequest) -> PreparedOrder:
        """Fix the call that gives an open order the price and size of `request`, in one step. Sends nothing.

        Where the venue replaces the order (`edit_replaces`), `request` carries a new id of ours; elsewhere
        that of the order.

        Raises:
            OrderRefused: The venue does not do it in one step, or the request breaks a rule of it.
        """
        self._check_rights()
        instrument = checked(self._session, request)
        call = edit_call_of(venue_order_id, request, instrument, self._session.exchange_id)
        lateness_s = LATENESS_S.get(self._session.exchange_id, DEFAULT_LATENESS_S)
        return PreparedOrder(request, "", msgspec.json.encode(call), lateness_s)

    def edits_in_place(self, request: OrderRequest) -> bool:
        try:
            kind = self._session.instrument(request.instrument).kind
            return edits_in_place(request, kind, self._session.exchange_id)
        except (OrderRefused, VenueRefused):
            return False

    def edit_replaces(self, instrument: str) -> bool:
        """Return whether a change makes a new order, with a new id.

        Raises:
            OrderRefused: The venue does not change orders of it in one step.
        """
        kind = self._session.instrument(instrument).kind
        return bool(edit_of(self._session.exchange_id, kind).new_id)

    async def edit(self, prepared: PreparedOrder) -> PlaceOutcome:
        """Send a change once. As with `place`, unknown means that the order may be as before or as asked."""
        call = msgspec.json.decode(prepared.payload, type=EditCall)
        kind = self._session.instrument(prepared.request.instrument).kind
        edit = edit_of(self._session.exchange_id, kind)
        judge = None if edit.new_id else partial(outcome_of_edit, order_id=call.id, receipt=edit.receipt)
        return await self._send(prepared.request, "edit_order", msgspec.structs.astuple(call), judge)

    async def _send(
        self,
        request: OrderRequest,
        method: str,
        arguments: tuple[Any, ...],
        judge: Callable[[object], PlaceOutcome] | None = None,
    ) -> PlaceOutcome:
        """Call the library once; `judge` tells what its answer proves, that of a new order unless given."""
        session, sent_id = self._session, self._encoded(request.client_order_id)
        self.remember("", request.instrument, request.client_order_id)
        why_not = self._why_not_now()
        if why_not is not None:
            return why_not
        exchange = session.trade
        try:
            async with asyncio.timeout(PLACE_S):
                with passing(Priority.ORDER, patience_s=self._order_patience_s):
                    order = await getattr(exchange, method)(*arguments)
        except TimeoutError:
            return Unknown(f"no answer within {PLACE_S:g} s")
        except VenueUnreachable as error:  # The budget did not let it through.
            return Refused("NOT_SENT", str(error))
        except session.failures as error:
            session.failed(error, exchange, "an order")
            session.modes.pop(request.instrument, None)  # The refusal may be about them: ask again.
            return outcome_of_error(error)
        return self._outcome(request, order, sent_id) if judge is None else judge(order)

    def _why_not_now(self) -> Refused | None:
        """Return why no order may be sent now; None when one may."""
        if not self._session.is_open:
            return Refused("NOT_SENT", f"{self.venue} is not open; nothing was sent")
        rest_s = self._session.rests_s()
        if rest_s:
            # Its answer would be another 429, which proves nothing about the order.
            rest = f"{self.venue} asked for less: orders rest for {rest_s:.0f} s, cancels do not"
            return Refused("RATE_LIMIT", f"{rest}; nothing was sent")
        return None

    def _outcome(self, request: OrderRequest, order: object, sent_id: str) -> PlaceOutcome:
        """Return what the library's answer proves, and remember whose it is."""
        if not isinstance(order, Mapping):
            return Unknown("the venue's answer is no order")
        try:
            status = status_of(order)
        except RemoteProtocolError:
            status = LIVE  # An acknowledgement with odd numbers is one all the same.
        outcome = outcome_of_order(
            order.get("id"), order.get("clientOrderId"), status, sent_client_id=sent_id
        )
        is_trigger = request.trigger_price is not None and len(self._order_lists()) > 1
        self.remember(str(order.get("id") or ""), request.instrument, is_trigger=is_trigger)
        return outcome

    # --- canceling

    async def cancel(self, venue_order_ids: Sequence[str]) -> CancelOutcome:
        canceled: list[str] = []
        refused: list[tuple[str, str]] = []
        unknown: list[VenueError] = []

        async def one(order_id: str) -> None:
            try:
                await self._cancel_known(order_id, await self._known(order_id, urgent=True))
                canceled.append(order_id)
            except VenueRefused as error:
                refused.append((order_id, str(error)))
            except VenueError as error:
                unknown.append(error)

        async with asyncio.TaskGroup() as group:
            for order_id in venue_order_ids:
                group.create_task(one(order_id), name=f"cancel {order_id}")
        if unknown:
            raise unknown[0]
        return CancelOutcome(tuple(canceled), tuple(refused))

    async def cancel_by_client_id(self, client_order_id: str, instrument: str) -> None:
        """Cancel an order of which only our id is known, as one whose placing is unknown.

        Raises:
            VenueRefused: The venue does not know it (yet), or cannot be asked by our id.
            VenueError: No answer came; it may be repeated.
        """
        parameter = CANCEL_BY_CLIENT_ID.get(self._session.exchange_id, ("", ""))[0]
        if not parameter:
            raise VenueRefused(
                f"{self.venue} cannot cancel by our ids", venue=self.venue, code="NOT_SUPPORTED"
            )
        params = {parameter: self._encoded(client_order_id)}
        symbol = symbol_of(instrument)
        await self.call("a cancel", lambda exchange: exchange.cancel_order(None, symbol, params))

    async def cancel_all(self, instrument: str | None = None) -> CancelOutcome:
        """Cancel what is open, and look again: what is then gone counts as canceled."""
        before = await self._open_orders(urgent=True)
        wanted = [order for order in before if instrument in {None, order.instrument}]
        if not wanted:
            return CancelOutcome(())
        ids = [order.venue_order_id for order in wanted]
        if self._session.exchange_id not in CANCEL_ALL_OF_SYMBOL:
            return await self.cancel(ids)
        for each in {
            order.instrument for order in wanted if not self._orders[order.venue_order_id].is_trigger
        }:
            # Whatever it answers ("nothing to cancel" is an error at some): what counts is what is left.
            with suppress(VenueError):
                await self._cancel_all_of(symbol_of(each))
        left = {order.venue_order_id for order in await self._open_orders(urgent=True)}
        rest = [order_id for order_id in ids if order_id in left]
        singly = await self.cancel(rest) if rest else CancelOutcome(())
        gone = tuple(order_id for order_id in ids if order_id not in left)
        return CancelOutcome(gone + singly.canceled, singly.not_canceled)

    @property
    def dead_man(self) -> DeadManTerms | None:
        """How the venue's dead-man switch is used; None where there is none that was proven."""
        return dead_man_of(self._session.exchange_id, self._session.account.account_type)

    async def feed_dead_man(self) -> str:
        """Start the venue's timer anew; it never waits behind questions.

        Raises:
            VenueError: It is not known to be running.
        """
        terms = self.dead_man
        assert terms is not None, "asked only where there is one"
        await self._set_timer(round(terms.timeout_s * 1_000))
        return ""

    async def release_dead_man(self) -> None:
        """Stop the venue's timer.

        Raises:
            VenueError: It may still be running.
        """
        await self._set_timer(0)

    async def _set_timer(self, milliseconds: int) -> None:
        what = "the dead-man switch"
        await self.call(what, lambda exchange: exchange.cancel_all_orders_after(milliseconds))

    async def _cancel_all_of(self, symbol: str) -> None:
        await self.call("the cancel of all orders", lambda exchange: exchange.cancel_all_orders(symbol))

    async def _cancel_known(self, order_id: str, known: Known) -> None:
        fired_as = self._session.fired.order_of(order_id)
        params = dict(TRIGGER) if known.is_trigger and not fired_as else {}
        symbol, sent_id = symbol_of(known.instrument), fired_as or order_id
        await self.call("a cancel", lambda exchange: exchange.cancel_order(sent_id, symbol, params))

    async def call(
        self,
        asked: str,
        call: Callable[[Exchange], Awaitable[Any]],
        *,
        priority: Priority = Priority.CANCEL,
    ) -> None:
        """Await a call of the trading instance; a cancel never waits behind questions, nor for the budget."""
        session = self._session
        if not session.is_open:
            raise VenueError(f"{self.venue} is not open", venue=self.venue, code="CLOSED")
        exchange = session.trade
        try:
            async with asyncio.timeout(CANCEL_S):
                with passing(priority):
                    await call(exchange)
        except TimeoutError:
            raise OutcomeUnknown(
                f"{self.venue} did not answer for {asked} within {CANCEL_S:g} s",
                venue=self.venue,
                code="TIMEOUT",
            ) from None
        except session.failures as error:
            raise session.failed(error, exchange, asked) from None
