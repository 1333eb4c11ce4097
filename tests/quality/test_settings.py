"""No setting without a reader: one that changes nothing is a promise that nobody keeps."""

import re
from pathlib import Path

import pytest

from omega_tui.config.loading import known_settings
from omega_tui.ui.feedback import Sound

PACKAGE = Path(__file__).resolve().parents[2] / "omega_tui"
SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in PACKAGE.rglob("*.py")
    if path.parent.name != "config"
    if "sim" not in path.relative_to(PACKAGE).parts
)

BELLS = {f"ui.bell_{sound}" for sound in Sound}


@pytest.mark.parametrize("setting", known_settings())
def test_every_setting_is_read_somewhere(setting):
    name = setting.rpartition(".")[2]
    assert setting in BELLS or re.search(rf"\.{name}\b", SOURCES), f"nothing reads {setting}"


def test_every_bell_has_its_setting_and_is_read_by_its_name():
    assert {one for one in known_settings() if one.startswith("ui.bell_")} == BELLS
    assert re.search(r"getattr\(config\.ui, f\"bell_\{sound\}\"\)", SOURCES)
