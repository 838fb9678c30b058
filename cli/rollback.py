"""`patron rollback`: go back to a rulebook that was published before."""

import click

from cli.asking import must
from cli.client import Client, Unreachable
from cli.output import FOUND, fail, json_option, say_json
from cli.publish import author_option, login_name, message_option, posted
from cli.report import key_option, url_option
from cli.tell_published import end_refused, tell_done


@click.command("rollback", short_help="Go back to a rulebook that was published before.")
@click.argument("revision", metavar="[REV]", required=False)
@message_option
@author_option
@url_option
@key_option
@json_option
def rollback_command(
    revision: str | None, message: str | None, author: str | None, url: str, key: str | None, as_json: bool
) -> None:
    """Publish an earlier rulebook again: REV (a number of `patron history`, or a revision of which 8 digits do), or
    what was served before the present one.

    The history keeps both: going back is a publication of its own. A second `patron rollback` without REV undoes the
    first.

    \b
    Example:
      patron rollback --message "Too many letters"
      patron rollback 12 --message "The winter rules came too early"

    Exit codes: 0 done; 1 refused: there is no such rulebook, it does not load any more, or somebody published in
    between; 2 wrong call, or the service cannot be reached or refuses the key.
    """
    said = {"message": message, "author": author or login_name(), "expects": str(_present(url, key)), "to": revision}
    status, answer = posted(url, key, "/v1/rulebook:rollback", said)
    if status != 200:
        end_refused(status, answer)
    say_json(answer) if as_json else tell_done(answer)


def _present(url: str, key: str | None) -> int:
    """The number of what is published: asked again after a lost answer, the service does not go back twice."""
    client = Client(url, key)
    try:
        kept = must(client.get("/v1/rulebook/revisions"))["revisions"]
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if not kept:
        fail("nothing has been published yet, so there is nothing to go back to", FOUND)
    number: int = kept[0]["number"]
    return number
