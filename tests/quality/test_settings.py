"""No setting without a reader: one that changes nothing is a promise that nobody keeps."""

import re

import pytest
from sources import sources

from omega_tui.config.loading import known_settings
from omega_tui.ui.desk.feedback import Sound

SOURCES = "\n".join(
    text for name, text in sources().items() if name != "config.py" and "sim" not in name.split("/")
)

BELLS = {f"ui.bell_{sound}" for sound in Sound}


@pytest.mark.parametrize("setting", known_settings())
def test_every_setting_is_read_somewhere(setting):
    name = setting.rpartition(".")[2]
    assert setting in BELLS or re.search(rf"\.{name}\b", SOURCES), f"nothing reads {setting}"


def test_every_bell_has_its_setting_and_is_read_by_its_name():
    assert {one for one in known_settings() if one.startswith("ui.bell_")} == BELLS
    assert re.search(r"getattr\(config\.ui, f\"bell_\{sound\}\"\)", SOURCES)
