"""What a console runs on: its first venue at once, and what opens the others."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from omega_tui.runtime.access import POLYMARKET
from omega_tui.runtime.compose import Adopt, Plan, at_polymarket, compose_at, enter_venue
from omega_tui.runtime.drill_room import DrillRoom
from omega_tui.services.alert_file import FILE_NAME as ALERTS_FILE
from omega_tui.services.base import Platform, Service
from omega_tui.services.education_door import EducationDoor
from omega_tui.services.price_alerts import PriceAlerts
from omega_tui.services.venues import Venues


async def live(
    plan: Plan, platform: Platform, stack: AsyncExitStack, adopt: Adopt | None = None
) -> Sequence[Service]:
    """Build the services of the first venue, who keeps orders first, and what opens the others.

    The first one is there at once where it speaks Polymarket: it needs no library that is slow to import.

    Args:
        plan: What is to run.
        platform: Bus and clock.
        stack: What the venues stand on; left after every service has stopped.
        adopt: Starts services beside those that run; needed where the plan has a line-up.
    """
    if not plan.lineup:
        return compose_at(plan, await enter_venue(plan, platform, stack), platform)
    assert adopt is not None, "further venues are opened later"
    # Only now: a headless command has one venue, and imports nothing of another.
    from omega_tui.runtime.opening import Opener, stands_of, why_no_keys  # noqa: PLC0415

    first = plan.lineup[0]

    services: list[Service] = []
    view_only = first.why_view_only
    if first.exchange == POLYMARKET:
        access = await at_polymarket(plan, first, platform, stack)
        services += compose_at(replace(plan, trades=first.trades), access, platform)
        if access.account is None:
            view_only = view_only or why_no_keys(first)
    opener = Opener(plan, platform, stack, adopt)
    stands = stands_of(plan, platform.clock, first_view_only=view_only)
    return [
        *services,
        Venues(platform, stands, opener.open),
        PriceAlerts(platform, None if plan.fresh else plan.state / ALERTS_FILE),
        EducationDoor(platform, tips=plan.loaded.config.ui.tips),
        DrillRoom(platform),
    ]
