"""The few things that Textual 8.2 knows and does not say.

Everything private that the screen relies on is here or in `widgets/painted_rows.py`, and is pinned by
`tests/ui/test_internals.py`.
"""

from typing import Any

from textual.app import App


def unwritten(app: App[Any]) -> int:
    """Return how many pieces of output the terminal has not taken whole.

    Textual hands output to a thread through a queue of 30 pieces; while a terminal does not read, up to that
    many frames are drawn that nobody has seen. 0 for a driver that has no terminal.
    """
    unwritten: int = getattr(app._driver, "unwritten", 0)  # noqa: SLF001 - there is no public way to ask
    return unwritten


def is_batching(app: App[Any]) -> bool:
    """Return whether a batch update holds back output, so that what is rendered now is thrown away."""
    return app._batch_count > 0  # noqa: SLF001 - there is no public way to ask


async def has_priority(app: App[Any], key: str) -> bool:
    """Carry out what Textual binds `key` to ahead of all widgets; return whether that is anything."""
    return await app._check_bindings(key, priority=True)  # noqa: SLF001 - as `App.on_event` does


def write_to_terminal(app: App[Any], sequence: str) -> None:
    """Have the terminal do something that is no picture, in turn with the frames."""
    driver = app._driver  # noqa: SLF001 - as `App.bell` does
    if driver is not None and not app.is_headless:
        driver.write(sequence)
