"""What stands between the thousands of a number where the trader's locale is spoken. Pure."""

from collections.abc import Mapping
from typing import Final

_BY_SPACES: Final = frozenset(
    {"be", "bg", "cs", "et", "fi", "fr", "hu", "hy", "ka", "kk", "ky", "lt", "lv", "nb", "nn", "no", "pl"}
) | frozenset({"ru", "sk", "sq", "sv", "uk", "uz"})
_BY_POINTS: Final = frozenset(
    {"az", "bs", "ca", "da", "de", "el", "es", "eu", "gl", "hr", "id", "is", "it", "mk", "nl", "pt", "ro"}
) | frozenset({"sl", "sr", "tr", "vi"})
"""Languages by what the Unicode locale data (CLDR) group with; all others group by commas."""
_TERRITORIES: Final = {
    "de_AT": "space",
    "de_CH": "apostrophe",
    "de_LI": "apostrophe",
    "en_ZA": "space",
    "es_MX": "comma",
    "es_US": "comma",
    "it_CH": "apostrophe",
    "pt_PT": "space",
}


def usual_thousands(environment: Mapping[str, str]) -> str:
    """Return which choice of `ui.thousands` is usual by a locale: LC_ALL, or LC_NUMERIC, or LANG."""
    names = ("LC_ALL", "LC_NUMERIC", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    spoken = locale.partition(".")[0].partition("@")[0]
    language = spoken.partition("_")[0].lower()
    if spoken in _TERRITORIES:
        return _TERRITORIES[spoken]
    return "space" if language in _BY_SPACES else "apostrophe" if language in _BY_POINTS else "comma"
