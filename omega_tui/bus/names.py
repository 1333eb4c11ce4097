"""What things are called on a Redis server, so that every process and every other program finds them.

All of it lies below one prefix, so that an ACL user can be held to it (`~omega:* &omega:*`).
"""

import re
from dataclasses import dataclass
from typing import Final

DEFAULT_SPACE: Final = "omega"
DEFAULT_PROCESS: Final = "engine"

is_name = re.compile(r"[a-z0-9][a-z0-9-]{0,39}").fullmatch
"""Whether a text may name a process: small letters, digits and hyphens, 40 at most."""


@dataclass(frozen=True, slots=True)
class Names:
    """Every name below one prefix.

    Attributes:
        space: The prefix, without the colon.
    """

    space: str = DEFAULT_SPACE

    def events(self, process: str) -> str:
        """Return the channel on which a process tells what happens, every frame of it."""
        return f"{self.space}:{process}:events"

    def facts(self, process: str) -> str:
        """Return the stream that keeps the lossless events of a process for who was away."""
        return f"{self.space}:{process}:facts"

    def state(self, process: str, kind: str) -> str:
        """Return the hash of the latest event of a conflated kind, by the event's key."""
        return f"{self.space}:{process}:state:{kind}"

    def wishes(self, process: str) -> str:
        """Return the channel on which a process is asked to tell everything that it holds once more."""
        return f"{self.space}:{process}:wishes"

    def wanted(self, process: str) -> str:
        """Return the key that stands, for seconds, while somebody wants the raw market events."""
        return f"{self.space}:{process}:wanted"

    def owner(self, process: str) -> str:
        """Return the key that says which run of a program goes by this name now."""
        return f"{self.space}:{process}:owner"

    def card(self, process: str) -> str:
        """Return the key under which a process says who it is, for as long as it lives."""
        return f"{self.space}:{process}:card"

    def commands(self, process: str) -> str:
        """Return the stream of what a process is asked to do."""
        return f"{self.space}:{process}:commands"

    def replies(self, origin: str) -> str:
        """Return the stream of the answers to one run of an asking process."""
        return f"{self.space}:replies:{origin}"

    def presence(self, origin: str) -> str:
        """Return the key that stands for as long as the screen of a run is there."""
        return f"{self.space}:presence:{origin}"

    def shared(self, name: str) -> str:
        """Return a hash of the shared state."""
        return f"{self.space}:shared:{name}"

    def cache(self, key: str) -> str:
        """Return the key of something that is kept for a while."""
        return f"{self.space}:cache:{key}"

    @property
    def every_card(self) -> str:
        """The pattern of all cards."""
        return f"{self.space}:*:card"
