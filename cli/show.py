"""`patron show`: a published rulebook, or one of its files."""

from urllib.parse import quote

import click

from cli.asking import once
from cli.output import FOUND, fail, json_option, say, say_json
from cli.report import key_option, url_option
from cli.tell_published import REFUSED, line
from engine.rulebook.values import did_you_mean


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
