"""`patron history`: what was published, by whom, when and why."""

from collections.abc import Sequence
from urllib.parse import quote

import click

from cli.client import Client, Json, Unreachable, must, once
from cli.output import FOUND, fail, json_option, say, say_json
from cli.publish import author_option, login_name, message_option, posted
from cli.render.published import REFUSED, end_refused, line, tell_done
from cli.report import key_option, url_option
from engine.rulebook.values import did_you_mean


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


# ---- `patron show`: a published rulebook, or one of its files ----


@click.command("show", short_help="A published rulebook, or one of its files.")
@click.argument("revision", metavar="REV")
@click.argument("file", required=False)
@url_option
@key_option
@json_option
def show_command(revision: str, file: str | None, url: str, key: str | None, as_json: bool) -> None:
    """The published rulebook REV (a number of `patron history`, or a revision of which 8 digits do): who published it,
    and its files with their sizes; or the content of FILE.

    \b
    Example:
      patron show 12
      patron show 12 operation.yaml

    Exit codes: 0 printed, 1 there is no such rulebook or file, 2 wrong call, or the service cannot be reached or
    refuses the key.
    """
    path = f"/v1/rulebook/revisions/{quote(revision, safe='')}"
    told = once(url, key, lambda service: service.get(path), REFUSED)
    files: dict[str, str] = told["files"]
    if file is not None and file not in files:
        hint = did_you_mean(file, files)
        fail(f"there is no file {file} in number {told['number']}" + (f"; {hint}" if hint else ""), FOUND)
    if as_json:
        say_json(told if file is None else {"file": file, "text": files[file]})
    elif file is not None:
        click.echo(files[file], nl=False)
    else:
        say(line(told, ""))
        for path in sorted(files):
            say(f"  {len(files[path].encode()):>9,} bytes  {path}")


# ---- `patron rollback`: go back to a rulebook that was published before ----


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
      patron rollback --message "Too many e-mails"
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
