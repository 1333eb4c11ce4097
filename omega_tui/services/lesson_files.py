"""Reads the lessons out of the installed package: the one place where they are files."""

from functools import lru_cache
from importlib.resources import files

from omega_tui.education.catalog import Catalogue

FOLDER = "lessons"


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """Return the catalogue of the lessons that came with the program, read once.

    Raises:
        LessonError: One of them is wrong.
    """
    folder = files("omega_tui.education").joinpath(FOLDER)
    return Catalogue(
        {
            file.name: file.read_text(encoding="utf-8")
            for file in sorted(folder.iterdir(), key=lambda one: one.name)
            if file.name.endswith((".md", ".toml"))
        }
    )
