"""Folders and files for their owner's eyes alone (security, control C25), whatever the umask is."""

import os
from pathlib import Path
from typing import BinaryIO


def make_private_folder(path: Path) -> None:
    """Make a folder, and what is missing above it, with mode 0700. What exists stays as it is.

    `Path.mkdir(mode=0o700, parents=True)` gives the mode to the last folder only.

    Raises:
        OSError: It cannot be made, or something else has the name.
    """
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)


def create_private(path: Path) -> BinaryIO:
    """Open an empty file of mode 0600 for writing, in the place of one that is there; never through a link.

    Raises:
        OSError: It cannot be opened.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "wb")


def replace_private(path: Path, data: bytes) -> None:
    """Put a file of mode 0600 in the place of one that is there; a crash leaves the one or the other, whole.

    Raises:
        OSError: The disk refuses; what was there stays.
    """
    fresh = path.with_name(f"{path.name}.new")
    with create_private(fresh) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
