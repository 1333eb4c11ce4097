"""What the order gate needs of a venue that can change a resting order."""

from typing import Protocol, runtime_checkable

from omega_tui.domain.orders import OrderRequest
from omega_tui.venues.base import PlaceOutcome, PreparedOrder


@runtime_checkable
class EditsOrders(Protocol):
    """A broker whose venue can change a resting order, which stays the same order under the same id."""

    def edits_in_place(self, request: OrderRequest) -> bool:
        """Return whether the venue does so with such an order, as far as is proven."""
        ...

    async def prepare_edit(self, venue_order_id: str, request: OrderRequest) -> PreparedOrder:
        """Fix the exact bytes that give an order the price and the whole size of `request`. Sends nothing.

        Raises:
            OrderRefused: The request breaks a rule of the venue, or the venue does not do it.
        """
        ...

    async def edit(self, prepared: PreparedOrder) -> PlaceOutcome:
        """Send the bytes once; never raises but for cancellation.

        Accepted means that the venue took the change: what was made of it, the order tells.
        """
        ...
