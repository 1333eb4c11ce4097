"""A console whose engine is a file: each command that keys come to is a line. Argument: the file."""
# ruff: noqa: E402  what is imported is found by the path

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "ui")]

from fake_backend import FakeBackend, holding, opening, order, orders

from omega_tui.config.model import OmegaConfig
from omega_tui.domain.commands import FetchCandles, PlaceOrder
from omega_tui.domain.orders import OrderStatus
from omega_tui.ui.app import make_app


class Telling(FakeBackend):
    """Writes down what it is given, without what differs from run to run."""

    def __init__(self, path):
        super().__init__()
        self._file = path.open("w", encoding="utf-8", buffering=1)

    def dispatch(self, command):
        if isinstance(command, FetchCandles):  # The chart asks for it when the screen opens, not a key.
            return super().dispatch(command)
        line = repr(command)
        if isinstance(command, PlaceOrder):
            request = command.request
            line = f"PlaceOrder {request.side} {request.size} {request.price} {request.time_in_force}"
        elif type(command).__name__ == "AmendOrder":
            line = f"AmendOrder {command.client_order_id} {command.price}"
        self._file.write(line + "\n")
        return super().dispatch(command)


backend = Telling(Path(sys.argv[1]))
opening(backend)
orders(backend, order(1, OrderStatus.ACCEPTED, 43))
holding(backend)
make_app(backend, OmegaConfig()).run()
