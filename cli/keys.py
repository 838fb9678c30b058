"""`patron keys`: create API keys."""

import click

from api.settings import SCOPES
from cli.output import fail, json_option, say, say_json
from runtime.api_keys import new_api_key


@click.group("keys", short_help="Create API keys.")
def keys_group() -> None:
    """Create API keys.

    \b
    Example:
      patron keys create checkout decide events

    Exit codes: 0 created, 2 invalid name or scope.
    """


@keys_group.command("create", short_help="Create an API key.")
@click.argument("name")
@click.argument("scopes", metavar="SCOPE...", nargs=-1, required=True, type=click.Choice(SCOPES))
@json_option
def create_command(name: str, scopes: tuple[str, ...], as_json: bool) -> None:
    """Create an API key for the caller NAME. The token is printed once and not stored.

    Prints the token for the caller, and an entry with its hash for PATRON_API_KEYS. Scopes: events, decide, read,
    rules, admin.

    \b
    Example:
      patron keys create checkout decide events

    Exit codes: 0 created, 2 invalid name or scope.
    """
    try:
        token, entry = new_api_key(name, scopes)
    except ValueError as error:
        fail(f"{name!r}: expected {error}")
    if as_json:
        say_json({"token": token, "entry": entry})
        return
    say(f"Token for {name} (not shown again):\n  {token}\n")
    say(f"Add to PATRON_API_KEYS (comma-separated entries):\n  {entry}")
