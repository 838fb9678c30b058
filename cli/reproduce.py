"""`patron reproduce`: make a decision of a running service again from the inputs in its record."""

from urllib.parse import quote

import click

from cli.client import Json, key_option, once, url_option
from cli.output import FOUND, brief, json_option, say, say_json

SHORT = 20
"""Characters of a revision that are shown."""


@click.command("reproduce", short_help="Reproduce a decision from its record.")
@click.argument("decision_id")
@url_option
@key_option
@json_option
def reproduce_command(decision_id: str, url: str, key: str | None, as_json: bool) -> None:
    """Reproduce a decision with the customer, rulebook, snapshot and time of its record, and compare byte by byte.

    Stores nothing.

    \b
    Example:
      patron reproduce d-3f6b1c22a9e04d17

    Exit codes: 0 identical, 1 different, or the record is no longer kept, 2 invalid arguments, or the service is not
    reachable.
    """
    path = f"/v1/decisions/{quote(decision_id, safe='')}/reproduction"
    answer = once(url, key, lambda service: service.get(path))
    if as_json:
        say_json(answer)
    else:
        _print(answer)
    if not answer["same"]:
        raise SystemExit(FOUND)


def _print(answer: Json) -> None:
    controls = f", controls {answer['controls']}" if answer.get("controls") else ""
    made = f"rulebook {answer['rulebook'][:SHORT]}, snapshot {answer['snapshot']}{controls}, {answer['decided_at']}"
    if answer["same"]:
        say(f"{answer['decision_id']}: identical, {answer['bytes']:,} bytes ({made})")
        return
    say(f"{answer['decision_id']}: different ({made})")
    for one in answer["differences"]:
        say(f"  {one['part']}\n    recorded:   {brief(one['kept'])}\n    reproduced: {brief(one['again'])}")
