"""`patron new rulebook`: create a small rulebook in a repository of its own."""

import re
from pathlib import Path
from typing import Final

import click

from authoring.checking import load
from authoring.formatting.insert import scalar
from cli.output import fail, json_option, say, say_json
from cli.schema import link_schemas, write_schemas
from engine.rulebook.read.dates import exists
from engine.rulebook.read.words import CURRENCY_DECIMALS

STARTER: Final = Path(__file__).resolve().parent.parent / "starter"
"""The template files; `dot-` at the beginning of a name becomes a dot."""
_MONEY: Final = re.compile(r"([0-9]+)(\.[0-9]+)? EUR\b")


@click.command("rulebook", short_help="Create a rulebook in a new folder.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", default="My shop", show_default=True, help="Name of the shop.")
@click.option("--currency", default="EUR", show_default=True, help="Currency of the shop (ISO 4217).")
@click.option(
    "--zone",
    "--timezone",
    "zone",
    default="Europe/Berlin",
    show_default=True,
    help="Time zone of the shop (IANA name).",
)
@json_option
def rulebook_command(folder: Path, name: str, currency: str, zone: str, as_json: bool) -> None:
    """Create a rulebook with one rule, one action and two tests in FOLDER/rules, with a README, pre-commit hooks, a
    GitHub workflow, and schemas for your editor.

    \b
    Example:
      patron new rulebook my-shop --currency CHF --zone Europe/Zurich
      cd my-shop && patron check && patron test

    Exit codes: 0 success, 2 invalid arguments, or FOLDER is not empty.
    """
    if currency not in CURRENCY_DECIMALS:
        fail(f"{currency} is not a currency; write an ISO 4217 code such as EUR")
    if not exists(zone):
        fail(f"{zone} is not a time zone; write an IANA name such as Europe/Berlin")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is not empty; name a new folder")
    written = []
    try:
        for source in sorted(path for path in STARTER.rglob("*") if path.is_file()):
            path = folder / _dotted(source.relative_to(STARTER))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_told(source.read_text(encoding="utf-8"), name, currency, zone), encoding="utf-8")
            written.append(str(path.relative_to(folder)))
        write_schemas(load(folder / "rules"), folder / ".patron" / "schemas")
        link_schemas(folder / "rules", folder / ".patron" / "schemas")
    except OSError as error:
        fail(f"{error.filename} cannot be written: {error.strerror}")
    if as_json:
        say_json({"folder": str(folder), "written": written})
    else:
        say(f"{folder}: {len(written)} files. Next: cd {folder} && patron check && patron test")


def _dotted(path: Path) -> Path:
    return Path(*(re.sub(r"^dot-", ".", part) for part in path.parts))


def _told(text: str, name: str, currency: str, zone: str) -> str:
    def amount(found: re.Match[str]) -> str:
        return f"{found[1]}{found[2] or '' if CURRENCY_DECIMALS[currency] else ''} {currency}"

    text = text.replace("name: My shop", f"name: {scalar(name)}")
    text = _MONEY.sub(amount, text).replace("currency: EUR", f"currency: {currency}")
    return text.replace("Europe/Berlin", zone).replace("My shop", name)
