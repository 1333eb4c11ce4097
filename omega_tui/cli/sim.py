"""`omega-tui sim`: the embedded exchange alone."""

from omega_tui.cli.options import Parser
from omega_tui.sim.__main__ import run_sim


def run(argv: list[str]) -> int:
    """Serve until interrupted."""
    return run_sim(argv, Parser)
