"""`patron import customers` and `patron import catalogue`: tables that are no purchase logs."""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import click

from authoring.checking import check_texts
from cli.import_run import (
    check_encoding,
    delimiter_character,
    delimiter_option,
    encoding_option,
    file_argument,
    losses_option,
    out_option,
    quotes_option,
    run,
)
from cli.importers import catalogue, customers
from cli.importers.counts import Dropped, ImportCounts, TooManyLosses
from cli.importers.csv_rows import Form
from cli.importers.numbers import MARKS
from cli.importers.tables import Advance
from cli.importers.values import time_reader
from cli.output import FOUND, counted, json_option
from cli.rulebook_folder import load_rulebook, rules_option
from engine.rulebook.findings import Finding, Severity
from engine.rulebook.model import Rulebook
from engine.rulebook.values import did_you_mean
from runtime.rule_folder import read_bundle

_CATALOGUE = "catalogue.yaml"


def _map_option(help: str) -> Callable[[Any], Any]:
    """Says which column a field is in."""
    return click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help=help)


@click.command("customers", short_help="Import customers, consents and suppression lists.")
@file_argument
@_map_option(f"Column of a field; repeat for each of {', '.join(customers.FIELDS)}.")
@click.option(
    "--address",
    multiple=True,
    metavar="CHANNEL=COLUMN",
    help="Column with the address on a channel, such as email=mail; empty or no: none. The address is not stored.",
)
@click.option(
    "--consent",
    multiple=True,
    metavar="CHANNEL=COLUMN",
    help="Column with yes, no or nothing, such as email=news.",
)
@click.option("--suppression", is_flag=True, help="Every line withdraws all consents, or those of its channel.")
@click.option("--as-of", metavar="DATE", help="Time of all events, such as 2026-03-01, unless a column has it.")
@rules_option
@delimiter_option
@quotes_option
@out_option
@encoding_option
@losses_option
@json_option
def customers_command(
    file: Path, out: str, accept_losses: bool, as_json: bool, rules: Path, as_of: str | None, **given: Any
) -> None:
    """Import a CSV or parquet file of customers as events: identified, channel_address_added, consent_changed.

    Channels and purposes are those of the rulebook. Interests in one cell are separated by commas. A consent that is
    neither yes nor no ends the import, because it may be a withdrawal. Of two consents the later counts, so --as-of is
    the day on which the list was correct.

    With --suppression, each line withdraws the consent for all purposes: on the channel in the column mapped to
    channel, or on all channels that need consent. If any line is unusable, nothing is written.

    \b
    Example:
      patron import customers crm.csv --map customer=id --map first_name=name \\
          --address email=mail --consent email=newsletter --as-of 2026-03-01
      patron import customers blocked.csv --map customer=id --suppression \\
          --as-of 2026-03-01 --out withdrawals.jsonl

    Exit codes: 0 success, 1 too many unusable lines, 2 invalid arguments or an unreadable file.
    """
    layout = _customers_layout(load_rulebook(rules), as_of, **given)

    def imported(counts: ImportCounts, advance: Advance) -> Iterator[bytes]:
        return customers.events(file, layout, counts, advance, accept_losses)

    run(file, out, as_json, imported)


def _customers_layout(
    book: Rulebook,
    as_of: str | None,
    mapping: Sequence[str],
    address: Sequence[str],
    consent: Sequence[str],
    suppression: bool,
    delimiter: str | None,
    quotes: str,
    encoding: str | None,
) -> customers.Layout:
    columns = _pairs(mapping, customers.FIELDS, "--map")
    if "customer" not in columns:
        raise click.BadParameter("add --map customer=COLUMN, the column of the customer's id", param_hint="--map")
    if (as_of is None) == ("time" not in columns):
        raise click.BadParameter(
            "write either --as-of DATE, the day on which the list was correct, or --map time=COLUMN",
            param_hint="--as-of",
        )
    if suppression and (address or consent):
        raise click.BadParameter("cannot be combined with --address or --consent", param_hint="--suppression")
    addresses = {channel.address for channel in book.channels.values() if channel.address}
    with_consent = [channel.id for channel in book.channels.values() if channel.consent]
    return customers.Layout(
        columns,
        _pairs(address, addresses, "--address"),
        _pairs(consent, with_consent, "--consent"),
        with_consent,
        sorted(set(book.contact_policy.consent_purpose.values())),
        time_reader(UTC),
        _time(as_of),
        suppression,
        _form(encoding, delimiter, quotes),
    )


@click.command("catalogue", short_help="Import products as the rulebook's catalogue.")
@file_argument
@_map_option(f"Column of a field, by default that of the same name: {', '.join(catalogue.FIELDS)}, or title.LANGUAGE.")
@click.option(
    "--decimal",
    type=click.Choice([*MARKS, "auto"]),
    default="auto",
    show_default=True,
    help="Decimal sign of prices: comma (1.250,00), point (1,250.00), or auto: as all prices of the file show.",
)
@rules_option
@delimiter_option
@quotes_option
@out_option
@encoding_option
@json_option
def catalogue_command(file: Path, out: str, as_json: bool, rules: Path, **given: Any) -> None:
    """Import a CSV file of products as catalogue.yaml, in the shop's currency, and check it with the rulebook.

    A title without a language is in the shop's first language. Roles in one cell are separated by commas. Columns that
    are not used are listed. If a product is invalid, nothing is written.

    \b
    Example:
      patron import catalogue products.csv --map sku=article --map title=name \\
          --map title.zh-Hans=name_zh --rules rules --out rules/catalogue.yaml

    Exit codes: 0 success, 1 invalid products, 2 invalid arguments or an unreadable file.
    """
    book = load_rulebook(rules)
    layout = _catalogue_layout(book, **given)

    def imported(counts: ImportCounts, _advance: Advance) -> list[bytes]:
        made = catalogue.read(file, layout, counts)
        if counts.lost:
            raise TooManyLosses(f"{counted(counts.lost, 'product')} cannot be read, so nothing is written")
        _check(file, made, rules)
        counts.products = len(made.lines)
        return [made.text.encode()]

    run(file, out, as_json, imported)


def _catalogue_layout(
    book: Rulebook, mapping: Sequence[str], decimal: str, delimiter: str | None, quotes: str, encoding: str | None
) -> catalogue.Layout:
    languages = book.shop.languages
    fields = (*catalogue.FIELDS, *(f"{catalogue.TITLE}{language}" for language in languages))
    given = _pairs(mapping, fields, "--map")
    titled = any(field.startswith(catalogue.TITLE) for field in given)
    columns = {field: field for field in catalogue.REQUIRED if not (titled and field == "title")} | given
    form = _form(encoding, delimiter, quotes)
    return catalogue.Layout(columns, book.shop.currency, languages[0], MARKS.get(decimal), form)


def _check(file: Path, made: catalogue.Catalogue, rules: Path) -> None:
    """End with all errors of the catalogue, by line of the table, and with those that it causes in other files."""
    _, findings = check_texts({**read_bundle(rules), _CATALOGUE: made.text})
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        click.echo("\n".join(_shown(file, made, error) for error in errors), err=True)
        sys.exit(FOUND)


def _shown(file: Path, made: catalogue.Catalogue, error: Finding) -> str:
    if error.place.file != _CATALOGUE:
        return error.render()
    hint = f" ({error.hint})" if error.hint else ""
    return f"patron: {file}, line {made.line_of(error.place.line):,}: {error.message}{hint}"


# ---- what both need ----


def _pairs(given: Sequence[str], known: Sequence[str] | set[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for item in given:
        name, _, column = item.partition("=")
        if not column or name in pairs:
            raise click.BadParameter(f"{item!r}: expected NAME=COLUMN with each name once", param_hint=option)
        if name not in known:
            hint = did_you_mean(name, known) or f"the names are {', '.join(sorted(known))}"
            raise click.BadParameter(f"{name!r} is unknown; {hint}", param_hint=option)
        pairs[name] = column
    return pairs


def _form(encoding: str | None, delimiter: str | None, quotes: str) -> Form:
    return Form(check_encoding(encoding), delimiter_character(delimiter), quotes == "double")


def _time(as_of: str | None) -> int | None:
    if as_of is None:
        return None
    try:
        return time_reader(UTC)(as_of)
    except Dropped:
        raise click.BadParameter(f"{as_of!r} is no date such as 2026-03-01", param_hint="--as-of") from None
