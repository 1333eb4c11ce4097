"""What the bus says about an account, folded into it."""

from omega_tui.bus.base import EventBus, Subscription
from omega_tui.domain.events.account import AccountGap, FillReported, OrderReported
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.market import MarketResolved
from omega_tui.domain.events.status import ServiceState, ServiceStateChanged, Severity
from omega_tui.errors import SubscriberOverrun
from omega_tui.services.trading_account import TradingAccount


class AccountEvents:
    """Reads the reports of one venue, the ends of markets, and the failures of other services.

    It listens from the beginning: what comes before an account is there to take it is not lost.
    """

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._unread = self._subscribe()

    async def run(self, account: TradingAccount) -> None:
        """Give every event to the account, until canceled; after an overrun the venue is asked instead."""
        while True:
            try:
                event = await self._unread.next()
            except SubscriberOverrun:
                self._unread = self._subscribe()
                account.inquiry.interrupted(connected=True)
                continue
            _take(account, event)

    def _subscribe(self) -> Subscription:
        return self._bus.subscribe(
            OrderReported, FillReported, AccountGap, MarketResolved, ServiceStateChanged
        )


def _take(account: TradingAccount, event: Event) -> None:
    match event:
        case OrderReported(venue=account.venue):
            account.ledger.reported(event)
        case FillReported(venue=account.venue):
            if account.ledger.may_be_ours(event.fill):
                account.ledger.owners.keep(event)
                account.inquiry.want()
            else:
                account.ledger.filled(event)
        case AccountGap(venue=account.venue, connected=connected):
            account.inquiry.interrupted(connected=connected)
        case MarketResolved():
            _resolved(account, event)
        case ServiceStateChanged(service=service, state=ServiceState.FAILED):
            account.auto_disarm.failed(service)


def _resolved(account: TradingAccount, event: MarketResolved) -> None:
    account.market.catch_up()
    ended = account.market.end(event.market_id, event.instrument)
    if ended and account.resolutions.note(event.winning_instrument, ended):
        outcome = f": {event.winning_outcome} pays" if event.winning_outcome else ""
        text = f"{account.market.instruments[ended[0]].name} ended{outcome}."
        account.tell(Severity.INFO, "RESOLVED", text, event.instrument)
        account.inquiry.want()
