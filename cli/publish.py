"""`patron publish`: make the rulebook of a folder that of a running service, on all its machines."""

import getpass
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import orjson

from cli.client import Client, Unreachable
from cli.output import FOUND, fail, json_option, say_json
from cli.render.published import end_refused, tell_done
from cli.report import key_option, url_option
from cli.rulebooks import rules_folder
from engine.rulebook.findings import RulebookError, render
from runtime.rule_folder import read_bundle

author_option = click.option("--author", help="Who; your login name when left out.")
message_option = click.option("--message", "-m", help="Why, for the history.")
expects_option = click.option(
    "--expects", metavar="REV", help="Only if this number or revision is what is published now."
)


@click.command("publish", short_help="Make a folder's rulebook that of a running service.")
@click.argument("folder", type=rules_folder)
@message_option
@author_option
@expects_option
@click.option("--strict", is_flag=True, help="Refuse it for a warning, too.")
@url_option
@key_option
@json_option
def publish_command(
    folder: Path,
    message: str | None,
    author: str | None,
    expects: str | None,
    strict: bool,
    url: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Send the rulebook of FOLDER, its tests included, to a running service, which checks it, runs its tests and tries
    it. If all is well it is stored, and the workers on all machines decide by it within 2 seconds. If anything is not,
    nothing changes.

    \b
    Example:
      patron publish rules --message "Call gold customers earlier"

    Exit codes: 0 published, or published already; 1 refused: errors, a failed test, or somebody published in between;
    2 wrong call, or the service cannot be reached or refuses the key.
    """
    try:
        files = read_bundle(folder)
        texts = {path: content.decode() for path, content in files.items()}
    except RulebookError as error:
        click.echo(render(error.findings), err=True)
        sys.exit(FOUND)
    except UnicodeDecodeError:
        fail(f"a file is not UTF-8; `patron check {folder}` says which", FOUND)
    said = {"message": message, "author": author or login_name(), "expects": expects, "strict": strict or None}
    status, answer = posted(url, key, "/v1/rulebook:publish", {"files": texts, **said})
    if status != 200:
        end_refused(status, answer)
    say_json(answer) if as_json else tell_done(answer)


def login_name() -> str | None:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return None


def posted(url: str, key: str | None, path: str, body: Mapping[str, object]) -> tuple[int, Any]:
    """The answer to what is said; what is None is not said. Ends the verb where no service answers."""
    client = Client(url, key)
    try:
        return client.post(path, orjson.dumps({name: value for name, value in body.items() if value is not None}))
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
