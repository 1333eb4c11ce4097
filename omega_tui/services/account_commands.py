"""What the commands about an account do to it: arm, order, cancel, kill, and the switches beside them."""

from omega_tui.domain.commands import (
    Arm,
    CancelOrder,
    CancelOrders,
    Command,
    ConfirmFirst,
    Disarm,
    Kill,
    PassOnce,
    PlaceOrder,
    ProgramCommand,
    Reconcile,
    SetDeadMan,
    SetLimit,
    Unkill,
)
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.program_changes import matches
from omega_tui.errors import OrderRefused
from omega_tui.services.kill import cancel_everything, protective
from omega_tui.services.program_commands import hold_stop, obey
from omega_tui.services.trading_account import TradingAccount

TradingCommand = PlaceOrder | CancelOrder | CancelOrders | ProgramCommand
"""The commands after which the trader counts as present."""


def concerns(command: Command, venue: str) -> bool:
    """Return whether a command is one about the account at `venue`."""
    match command:
        case PlaceOrder(request=request):
            return request.venue == venue
        case (
            CancelOrder(venue=named)
            | Arm(venue=named)
            | SetDeadMan(venue=named)
            | ConfirmFirst(venue=named)
            | SetLimit(venue=named)
            | PassOnce(venue=named)
        ):
            return named == venue
        case _ if isinstance(command, ProgramCommand):
            return command.venue == venue
        case CancelOrders(venue=named) | Disarm(venue=named) | Reconcile(venue=named):
            return named in {None, venue}
        case _:
            return isinstance(command, Kill | Unkill)


async def execute(account: TradingAccount, command: Command) -> None:
    """Carry out a command that concerns an account; what must not be cut off is run by its errands.

    Raises:
        OrderRefused: It may not be now; the sentence says why.
        VenueError: The venue did not answer where its answer was the point.
    """
    if isinstance(command, TradingCommand):
        account.arming.touch()
        await _trade(account, command)
    else:
        await _steer(account, command)


def arm(account: TradingAccount) -> None:
    """Let new orders through.

    Raises:
        OrderRefused: They must not leave now.
    """
    if account.no_arming:
        raise OrderRefused("SHOWN_ELSEWHERE", account.no_arming)
    if account.arming.mode is TradingMode.HALTED:
        raise OrderRefused("HALTED", "The kill switch is on: type :unkill first.")
    if not account.is_ready:
        raise OrderRefused("RECONCILING", "The account was not read from the venue yet: wait for that.")
    if account.journal.problem:
        raise OrderRefused("JOURNAL", f"The journal cannot be written: {account.journal.problem}.")
    account.arming.enter(TradingMode.REDUCING if account.auto_disarm.has_lost else TradingMode.ARMED)
    account.dead_man.check()


async def _trade(account: TradingAccount, command: TradingCommand) -> None:
    match command:
        case PlaceOrder(request=request):
            await account.errands.carry_out(_place(account, request))
        case CancelOrder():
            await _cancel_one(account, command)
        case CancelOrders():
            _cancel_some(account, command)
        case _:
            await account.errands.carry_out(obey(account.programs, account.ledger, command))


async def _steer(account: TradingAccount, command: Command) -> None:
    match command:
        case Kill():
            await account.errands.carry_out(_kill(account, command))
        case Reconcile():
            await account.errands.carry_out(account.inquiry.ask())
        case Arm():
            arm(account)
        case ConfirmFirst(typed=typed):
            account.market.catch_up()
            account.first_order.type(typed, account.market.instruments.values())
        case SetLimit(name=name, value=value):
            account.typed.set_limit(name, value)
        case PassOnce(check=check, instrument=instrument):
            account.typed.let_pass(check, instrument)
        case Disarm(reason=reason) if account.arming.is_open:
            account.arming.enter(TradingMode.DISARMED, reason)
        case SetDeadMan(on=on):
            account.dead_man.switch(on=on)
        case Unkill() if account.arming.mode is TradingMode.HALTED:
            account.arming.enter(TradingMode.DISARMED, "the halt was lifted")


async def _place(account: TradingAccount, request: OrderRequest) -> None:
    """Send an order; a stop that the venue does not keep is held here, as a program."""
    if request.trigger_price is None or account.asks.keeps_stop(request):
        await account.send(request)
    else:
        account.market.catch_up()
        await hold_stop(account.programs, request, account.market.instruments.get(request.instrument))


async def _cancel_one(account: TradingAccount, command: CancelOrder) -> None:
    order = account.ledger.find(
        client_order_id=command.client_order_id, venue_order_id=command.venue_order_id
    )
    if order is not None:
        account.canceler.request(order)
    elif command.venue_order_id:
        await account.errands.carry_out(account.broker.cancel([command.venue_order_id]))
        account.inquiry.want()
    else:
        raise OrderRefused("NO_SUCH_ORDER", f"No order here is called {command.client_order_id}.")


def _cancel_some(account: TradingAccount, command: CancelOrders) -> None:
    account.programs.cancel_matching(command)
    for order in list(account.ledger.working.values()):
        if matches(order.request, command):
            account.canceler.request(order)


async def _kill(account: TradingAccount, command: Kill) -> None:
    ledger = account.ledger
    account.arming.enter(TradingMode.HALTED, command.reason or "the kill switch was thrown")
    spared = {} if command.everything else protective(ledger)
    account.programs.halt(frozenset(spared.values()))
    for client_order_id, order in list(ledger.working.items()):
        if client_order_id not in spared.values():
            account.canceler.request(order)
    for severity, text in await cancel_everything(account.broker, ledger, account.clock, frozenset(spared)):
        account.tell(severity, "KILL", text)
    account.inquiry.want()
