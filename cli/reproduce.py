"""`patron reproduce`: make a decision of a running service again, from the inputs in its record."""

from urllib.parse import quote

import click

from cli.client import Json, once
from cli.output import FOUND, brief, json_option, say, say_json
from cli.report import key_option, url_option

SHORT = 20
"""So much of a revision is shown."""


@click.command("reproduce", short_help="Make a decision again, from what it was made from.")
@click.argument("decision_id")
@url_option
@key_option
@json_option
def reproduce_command(decision_id: str, url: str, key: str | None, as_json: bool) -> None:
    """Decide once more what a running service decided, with the customer, the rulebook, the snapshot and the moment of
    then, and compare byte by byte. Nothing is stored.

    \b
    Example:
      patron reproduce d-3f6b1c22a9e04d17

    Exit codes: 0 the same bytes, 1 not the same, or what it was made from is no longer kept, 2 wrong call, or the
    service does not answer.
    """
    path = f"/v1/decisions/{quote(decision_id, safe='')}/reproduction"
    told = once(url, key, lambda service: service.get(path))
    if as_json:
        say_json(told)
    else:
        _tell(told)
    if not told["same"]:
        raise SystemExit(FOUND)


def _tell(told: Json) -> None:
    controls = f", controls {told['controls']}" if told.get("controls") else ""
    made = f"rulebook {told['rulebook'][:SHORT]}, snapshot {told['snapshot']}{controls}, {told['decided_at']}"
    if told["same"]:
        say(f"{told['decision_id']}: the same {told['bytes']:,} bytes ({made})")
        return
    say(f"{told['decision_id']}: not the same ({made})")
    for one in told["differences"]:
        say(f"  {one['part']}\n    kept:  {brief(one['kept'])}\n    again: {brief(one['again'])}")
