"""Two account types of one exchange are one account to the limits; all accounts together have one more."""

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from ccxt_lab import until
from test_amend_in_place import LIMITS, KeepingVenue, Resting, desk_at

from omega_tui.domain.commands import Arm, PlaceOrder, SetLimit
from omega_tui.errors import OrderRefused
from omega_tui.services.risk_views import Accounts


@asynccontextmanager
async def beside(tmp_path, account, **limits):
    """A desk of the account `mine`, and another venue where an order of 10 at 0.10 works, of `account`."""
    accounts = Accounts()
    risk = replace(LIMITS, **limits)
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            desk_at(tmp_path / "here", KeepingVenue(), risk=risk, accounts=accounts, account="mine")
        )
        there = KeepingVenue(venue="other")
        working = replace(here.order("0.10"), client_order_id="", venue="other", instrument="other:YES")
        there.orders["v1"] = Resting(working)
        other = await stack.enter_async_context(
            desk_at(tmp_path / "there", there, risk=risk, accounts=accounts, account=account)
        )
        await until(lambda: other.service._account.ledger.working)
        here.show()
        await here.service.process(Arm("sim"))
        here.show()
        yield here


async def code_of(desk, **changes):
    try:
        await desk.service.process(PlaceOrder(replace(desk.order("0.10"), **changes)))
    except OrderRefused as error:
        return error.code
    return "ok"


async def test_what_works_at_another_venue_of_the_account_counts_here(tmp_path):
    async with beside(tmp_path, "mine", max_open_orders_account=1) as desk:
        view = desk.service._account.view(desk.order())
        assert [order.request.venue for order in view.orders] == ["other"]
        assert view.gross_elsewhere == 0, "it is counted once"
        assert await code_of(desk) == "MAX_OPEN_ORDERS"


async def test_what_is_paid_from_another_purse_of_the_account_is_not_paid_from_this_one(tmp_path):
    async with beside(tmp_path, "mine") as desk:
        view = desk.service._account.view(desk.order())
        assert sum(order.remaining for order in view.orders) == 10
        desk.service._account.ledger.balances["pUSD"] = replace(
            desk.service._account.ledger.balances["pUSD"], total=Decimal(1), available=Decimal(1)
        )
        assert await code_of(desk) == "ok", (
            "the order costs all that is here, and the other one nothing of it"
        )


@pytest.mark.parametrize(("most", "code"), [("2", "ok"), ("1.99", "MAX_TOTAL")])
async def test_another_account_has_its_own_limits_and_shares_the_one_over_all(tmp_path, most, code):
    async with beside(
        tmp_path, "another", max_open_orders_account=1, max_total_notional=Decimal(most)
    ) as desk:
        view = desk.service._account.view(desk.order())
        assert (view.orders, view.gross_elsewhere) == ((), Decimal(1))
        assert await code_of(desk) == code


async def test_a_limit_that_was_typed_holds_for_the_very_next_order_and_not_for_the_next_start(tmp_path):
    async with desk_at(tmp_path / "journal", KeepingVenue(), risk=LIMITS) as desk:
        await desk.service.process(Arm("sim"))
        desk.show()
        await desk.service.process(SetLimit("sim", "max_order_notional", "1"))
        assert await code_of(desk) == "ok"
        assert await code_of(desk, size=Decimal("10.01")) == "MAX_ORDER_NOTIONAL"
        await desk.service._prepare()
        assert desk.service._account.risk == LIMITS


async def test_practice_is_not_added_to_real_money(tmp_path):
    async with beside(tmp_path, "mine") as desk:
        object.__setattr__(desk.service._account.views, "is_live", True)
        view = desk.service._account.view(desk.order())
        assert (view.orders, view.gross_elsewhere) == ((), 0)
