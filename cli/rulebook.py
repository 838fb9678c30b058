"""`patron rulebook`: the history of published rulebooks, and going back in it."""

from collections.abc import Sequence
from urllib.parse import quote

import click

from cli.client import Client, Json, Unreachable, key_option, must, once, url_option
from cli.output import FOUND, fail, json_option, say, say_json
from cli.publish import author_option, login_name, message_option, posted
from cli.render.published import REFUSED, end_refused, line, render_done
from engine.rulebook.values import did_you_mean


@click.group("rulebook", short_help="List, show and roll back published rulebooks.")
def rulebook_group() -> None:
    """List, show and roll back the rulebooks published to a running service. `patron publish` publishes one.

    \b
    Example:
      patron rulebook history
      patron rulebook show 12
      patron rulebook rollback --message "Too many e-mails"

    Exit codes: 0 success, 1 no such rulebook, or the rollback was refused, 2 invalid arguments, the service is not
    reachable or refuses the key.
    """


@rulebook_group.command("history", short_help="List published rulebooks.")
@click.option(
    "--last",
    "--limit",
    "-n",
    "last",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Maximum number of rulebooks to list.",
)
@url_option
@key_option
@json_option
def history_command(last: int, url: str, key: str | None, as_json: bool) -> None:
    """List published rulebooks, newest first: number, revision, time, author and message. * marks the active one.

    \b
    Example:
      patron rulebook history --last 5

    Exit codes: 0 success, 2 the service is not reachable or refuses the key.
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
        say(f"nothing has been published yet; the service uses the rules of its folder ({served['revision']})")
    number = _served(kept, served)
    for one in kept[:last]:
        say(line(one, "*" if one["number"] == number else " "))
    if served["refused"]:
        say(f"\n{served['refused']}")


def _served(kept: Sequence[Json], served: Json) -> int | None:
    """The number of the active rulebook: the newest, although the process that answers may be two seconds behind;
    another only where the newest cannot be loaded."""
    if kept and served["published"] and not served["refused"]:
        newest: int = kept[0]["number"]
        return newest
    behind: int | None = (served["published"] or {}).get("number")
    return behind


# ---- `patron rulebook show` ----


@rulebook_group.command("show", short_help="Show a published rulebook, or one of its files.")
@click.argument("revision", metavar="REV")
@click.argument("file", required=False)
@url_option
@key_option
@json_option
def show_command(revision: str, file: str | None, url: str, key: str | None, as_json: bool) -> None:
    """Show the published rulebook REV with its files, or print the content of FILE.

    REV is a number from `patron rulebook history`, or a revision (the first 8 digits are enough).

    \b
    Example:
      patron rulebook show 12
      patron rulebook show 12 operation.yaml

    Exit codes: 0 success, 1 no such rulebook or file, 2 invalid arguments, or the service is not reachable or refuses
    the key.
    """
    path = f"/v1/rulebook/revisions/{quote(revision, safe='')}"
    publication = once(url, key, lambda service: service.get(path), REFUSED)
    files: dict[str, str] = publication["files"]
    if file is not None and file not in files:
        hint = did_you_mean(file, files)
        fail(f"rulebook {publication['number']} has no file {file}" + (f"; {hint}" if hint else ""), FOUND)
    if as_json:
        say_json(publication if file is None else {"file": file, "text": files[file]})
    elif file is not None:
        click.echo(files[file], nl=False)
    else:
        say(line(publication, ""))
        for path in sorted(files):
            say(f"  {len(files[path].encode()):>9,} bytes  {path}")


# ---- `patron rulebook rollback` ----


@rulebook_group.command("rollback", short_help="Publish an earlier rulebook again.")
@click.argument("revision", metavar="[REV]", required=False)
@message_option
@author_option
@url_option
@key_option
@json_option
def rollback_command(
    revision: str | None, message: str | None, author: str | None, url: str, key: str | None, as_json: bool
) -> None:
    """Publish an earlier rulebook again: REV (default: the rulebook before the active one).

    REV is a number from `patron rulebook history`, or a revision (the first 8 digits are enough). A rollback is a
    publication of its own, so the history keeps both. A second `patron rulebook rollback` without REV undoes the first.

    \b
    Example:
      patron rulebook rollback --message "Too many e-mails"
      patron rulebook rollback 12 --message "The winter rules came too early"

    Exit codes: 0 rolled back; 1 refused: no such rulebook, it no longer loads, or another publication came first; 2
    invalid arguments, or the service is not reachable or refuses the key.
    """
    body = {"message": message, "author": author or login_name(), "expects": str(_present(url, key)), "to": revision}
    status, answer = posted(url, key, "/v1/rulebook:rollback", body)
    if status != 200:
        end_refused(status, answer)
    say_json(answer) if as_json else render_done(answer)


def _present(url: str, key: str | None) -> int:
    """The number of the active publication: with it, a repeated call does not roll back twice."""
    client = Client(url, key)
    try:
        kept = must(client.get("/v1/rulebook/revisions"))["revisions"]
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if not kept:
        fail("nothing has been published yet, so there is no rulebook to roll back to", FOUND)
    number: int = kept[0]["number"]
    return number
