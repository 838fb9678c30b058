"""`patron key`: make an API key."""

import click

from api.settings import SCOPES
from cli.output import fail, json_option, say, say_json
from runtime.api_keys import new_api_key


@click.command("key", short_help="Make an API key.")
@click.argument("name")
@click.argument("scopes", metavar="SCOPE...", nargs=-1, required=True, type=click.Choice(SCOPES))
@json_option
def key_command(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Make an API key for a caller called NAME. The token is shown once and kept nowhere.

    Scopes: events, decide, read, rules, admin.

    \b
    Example:
      patron key checkout decide events

    Exit codes: 0 made, 2 a name or scope that cannot be used.
    """
    try:
        token, entry = new_api_key(name, scopes)
    except ValueError as error:
        fail(f"{name!r}: expected {error}")
    if as_json:
        say_json({"token": token, "entry": entry})
        return
    say(f"Give this to {name}; it is not shown again:\n  {token}\n")
    say(f"Add this to PATRON_API_KEYS (entries are separated by commas):\n  {entry}")
