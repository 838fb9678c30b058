"""`patron schema`: write JSON Schemas for the files of a rulebook, with its own facts, actions and channels."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from authoring.file_schemas import MODELINE, schema_for, schemas_for
from cli.files import write_whole
from cli.output import counted, fail, json_option, say, say_json
from cli.rulebook_folder import folder_argument, load_compiled
from engine.rulebook.findings import Report
from engine.rulebook.model import Rulebook
from runtime.rule_folder import read_files


@click.command("schema", short_help="Write JSON Schemas for your editor.")
@folder_argument
@click.option(
    "--out",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".patron/schemas"),
    show_default=True,
    help="Folder to write the schemas to.",
)
@click.option("--link", is_flag=True, help="Add a reference to its schema as the first line of each file of FOLDER.")
@json_option
def schema_command(folder: Path, out: Path, link: bool, as_json: bool) -> None:
    """Write a JSON Schema for each kind of file of FOLDER (default: PATRON_RULES, or rules), for completion and
    validation in editors.

    The schemas list the facts, actions, segments, channels and tiers of this rulebook: run the command again after you
    add one. `patron check` finds everything that the schemas find, and more.

    \b
    Example:
      patron schema rules --link

    Exit codes: 0 success, 1 errors in the rules, 2 invalid arguments.
    """
    book = load_compiled(folder, "reference").rulebook
    try:
        schemas = write_schemas(book, out)
        linked = link_schemas(folder, out) if link else []
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}")
    if as_json:
        say_json({"out": str(out), "schemas": schemas, "linked": linked})
    else:
        more = f"; {counted(len(linked), 'file')} linked to them" if link else ""
        say(f"{counted(len(schemas), 'schema')} in {out}{more}")


def write_schemas(book: Rulebook, out: Path) -> list[str]:
    """The names of the files that were written. OSError when one cannot be."""
    out.mkdir(parents=True, exist_ok=True)
    schemas = schemas_for(book)
    for name, schema in schemas.items():
        write_whole(out / name, schema_text(schema).encode())
    return sorted(schemas)


def schema_text(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def link_schemas(folder: Path, schemas: Path) -> list[str]:
    """Name its schema in the first line of every file of a rulebook. The files that were changed."""
    changed = []
    for name, data in (read_files(folder, Report(), tests=True) or {}).items():
        schema = schema_for(name)
        path = folder / name
        if schema is None:
            continue
        relative = Path(os.path.relpath(schemas / schema, path.parent)).as_posix()
        text = linked(data.decode("utf-8", "surrogateescape"), relative)
        if text.encode("utf-8", "surrogateescape") != data:
            write_whole(path, text.encode("utf-8", "surrogateescape"))
            changed.append(name)
    return changed


def linked(text: str, schema: str) -> str:
    """The text with this schema named in its first line."""
    rest = text.partition("\n")[2] if text.startswith(MODELINE) else text
    return f"{MODELINE}{schema}\n{rest}"
