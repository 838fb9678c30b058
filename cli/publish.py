"""`patron publish`: publish the rulebook of a folder to a running service."""

import getpass
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import orjson

from cli.client import Client, Unreachable, key_option, url_option
from cli.output import FOUND, fail, json_option, say_json
from cli.render.published import end_refused, render_done
from cli.rulebook_folder import folder_argument, say_rulebook
from engine.rulebook.findings import Report, RulebookError, render
from engine.rulebook.loader import load_texts
from runtime.rule_folder import read_bundle

author_option = click.option("--author", help="Author, for the history (default: your login name).")
message_option = click.option("--message", "-m", metavar="TEXT", help="Reason, for the history.")
expects_option = click.option(
    "--expects", metavar="REV", help="Fail unless this number or revision is active now (optimistic lock)."
)


@click.command("publish", short_help="Publish a rulebook to a running service.")
@folder_argument
@message_option
@author_option
@expects_option
@click.option("--strict", is_flag=True, help="Refuse the rulebook if there are warnings.")
@click.option(
    "--anyway", is_flag=True, help="Publish even if it sends marketing and no customer has given a consent for it."
)
@url_option
@key_option
@json_option
def publish_command(
    folder: Path,
    message: str | None,
    author: str | None,
    expects: str | None,
    strict: bool,
    anyway: bool,
    url: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Publish the rulebook of FOLDER (default: PATRON_RULES, or rules), including its tests, to a running service.

    The service checks the rulebook, runs its tests and makes a sample decision. If all pass, it stores the rulebook,
    and the workers on all machines use it within 2 seconds. Otherwise nothing changes.

    \b
    Example:
      patron publish rules --message "Call gold customers earlier"

    Exit codes: 0 published, or published already; 1 refused: errors, a failed test, no customer with a consent for its
    marketing, or another publication came first; 2 invalid arguments, or the service is not reachable or refuses the
    key.
    """
    try:
        report = Report()
        files = read_bundle(folder, report)
        texts = {path: content.decode() for path, content in files.items()}
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)
    except UnicodeDecodeError:
        fail(f"a file is not UTF-8; run `patron check {folder}` to find it", FOUND)
    if report.findings:
        click.echo(render(report.findings) + "\n", err=True)
    say_rulebook(folder, load_texts(files)[0])
    said = {"message": message, "author": author or login_name(), "expects": expects}
    flags = {"strict": strict or None, "anyway": anyway or None}
    status, answer = posted(url, key, "/v1/rulebook:publish", {"files": texts, **said, **flags})
    if status != 200:
        end_refused(status, answer)
    say_json(answer) if as_json else render_done(answer)


def login_name() -> str | None:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return None


def posted(url: str, key: str | None, path: str, body: Mapping[str, object]) -> tuple[int, Any]:
    """The answer to `body` without its values that are None. Ends the command where no service answers."""
    client = Client(url, key)
    try:
        return client.post(path, orjson.dumps({name: value for name, value in body.items() if value is not None}))
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
