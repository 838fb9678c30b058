"""`patron history`: what was published, by whom, when and why."""

from collections.abc import Sequence

import click

from cli.asking import Json, must
from cli.client import Client, Unreachable
from cli.output import fail, json_option, say, say_json
from cli.report import key_option, url_option
from cli.tell_published import line


@click.command("history", short_help="What was published, by whom, when and why.")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="So many of them.")
@url_option
@key_option
@json_option
def history_command(last: int, url: str, key: str | None, as_json: bool) -> None:
    """The rulebooks that were published, newest first; the star marks the one that is served.

    \b
    Example:
      patron history --last 5

    Exit codes: 0 printed, 2 the service cannot be reached or refuses the key.
    """
    client = Client(url, key)
    try:
        kept = must(client.get("/v1/rulebook/revisions"))["revisions"]
        served = must(client.get("/v1/rulebook"))
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if as_json:
        say_json({"revisions": kept[:last]})
        return
    if not kept:
        say(f"nothing has been published; the rules of a folder are served ({served['revision']})")
    number = _served(kept, served)
    for one in kept[:last]:
        say(line(one, "*" if one["number"] == number else " "))
    if served["refused"]:
        say(f"\n{served['refused']}")


def _served(kept: Sequence[Json], served: Json) -> int | None:
    """What the service serves: the newest, though the process that was asked may be two seconds behind; another only
    where that one cannot be served."""
    if kept and served["published"] and not served["refused"]:
        newest: int = kept[0]["number"]
        return newest
    behind: int | None = (served["published"] or {}).get("number")
    return behind
