"""`omega-tui config`: every setting in force, where its value comes from, and never a secret."""

from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.options import blamed, complain, configuration, parser
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.config.loading import LoadedConfig, describe
from omega_tui.errors import ConfigError


def run(argv: list[str]) -> int:
    """Print the effective configuration."""
    options = parser("config", "Print every setting in force and where it comes from.")
    options.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options.add_argument("--changed", action="store_true", help="only what differs from the default")
    arguments = options.parse_args(argv)
    try:
        loaded = configuration(arguments)
        _check_theme(loaded)
    except ConfigError as error:
        return complain("config", error)
    rows = [row for row in describe(loaded) if not arguments.changed or row[2] != "default"]
    if arguments.json:
        print_json({key: {"value": value, "source": source} for key, value, source in rows})
    elif rows:
        print_columns(("setting", "value", "source"), rows)
    else:
        write("Every setting has its default.\n")
    return DONE


def _check_theme(loaded: LoadedConfig) -> None:
    """Look whether the theme exists, if one was named: what themes there are is known to the screen alone.

    Raises:
        ConfigError: There is none of that name.
    """
    if loaded.sources["ui.theme"] == "default":
        return
    from omega_tui.ui.style.themes import load_themes  # noqa: PLC0415 - brings in Textual

    themes = load_themes()
    if loaded.config.ui.theme not in themes:
        wrong = ConfigError(
            source="", key="ui.theme", found=loaded.config.ui.theme, allowed=", ".join(themes)
        )
        raise blamed(wrong, loaded)
