"""What is to be believed of an engine that is not heard any more: nothing. Pure."""

import msgspec

from omega_tui.domain.events.account import ArmChanged, ProgramChanged, TradingMode
from omega_tui.domain.events.base import Event
from omega_tui.domain.events.status import ConnectionChanged
from omega_tui.domain.integrity import Connection, ConnectionState
from omega_tui.domain.programs import Program, ProgramStatus


class LastHeard:
    """What an engine told last of its connections, arms and programs, one of each per key."""

    def __init__(self) -> None:
        self._connections: dict[str, Connection] = {}
        self._arms: dict[str, ArmChanged] = {}
        self._programs: dict[str, Program] = {}

    def forget(self) -> None:
        """Begin with another run of the engine."""
        self._connections.clear()
        self._arms.clear()
        self._programs.clear()

    def took(self, event: Event) -> None:
        """Note an event of the engine."""
        if isinstance(event, ConnectionChanged):
            self._connections[event.key] = event.connection
        elif isinstance(event, ArmChanged):
            self._arms[event.key] = event
        elif isinstance(event, ProgramChanged):
            self._programs[event.program.id] = event.program
            if event.program.status.is_over:
                del self._programs[event.program.id]

    @property
    def armed(self) -> list[str]:
        """Venues that were armed when last heard."""
        return [arm.venue for arm in self._arms.values() if arm.mode is not TradingMode.DISARMED]

    def silenced(self, why: str) -> list[Event]:
        """Return the events by which all of it looks as what it is now: of no use to trade on."""
        down: list[Event] = [
            ConnectionChanged(msgspec.structs.replace(connection, state=ConnectionState.DOWN, reason=why))
            for connection in self._connections.values()
        ]
        return down + [
            ArmChanged(arm.venue, TradingMode.DISARMED, why, is_live=arm.is_live)
            for arm in self._arms.values()
        ]

    def ended(self, why: str) -> list[Event]:
        """Return the events by which all of it looks as what it is without that engine.

        What only the engine does is done by nobody from then on: a program sends nothing, and no stop that
        it held is watched. An engine that is merely not heard goes on with both.
        """
        held = [
            ProgramChanged(msgspec.structs.replace(program, status=ProgramStatus.HELD, reason=why))
            for program in self._programs.values()
        ]
        return [*self.silenced(why), *held]
