"""`patron import feedback`: a file of a mail service's reports."""

from collections.abc import Iterator
from pathlib import Path

import click

from cli.import_run import file_argument, losses_option, out_option, run
from cli.importers import feedback
from cli.importers.counts import ImportCounts
from cli.importers.tables import Advance
from cli.output import fail, json_option
from cli.rulebook_folder import load_rulebook, rules_option
from engine.domain.errors import InvalidInput
from engine.rulebook.model import Rulebook
from engine.rulebook.values import did_you_mean
from runtime.feedback_tables import feedback_tables
from service.feedback.apply import known_channel
from service.feedback.read import WrongTables
from service.feedback.table import Table


@click.command("feedback", short_help="Import the reports of a mail service.")
@file_argument
@click.option("--service", required=True, metavar="NAME", help="Mail service: that of the feedback table to use.")
@click.option("--channel", metavar="CHANNEL", help="Channel of the messages (default: that of the feedback table).")
@click.option(
    "--tables",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="PATRON_FEEDBACK_TABLES",
    show_envvar=True,
    help="Folder of your own feedback tables (default: only those of Patron).",
)
@rules_option
@out_option
@losses_option
@json_option
def feedback_command(
    file: Path,
    service: str,
    channel: str | None,
    tables: Path | None,
    rules: Path,
    out: str,
    accept_losses: bool,
    as_json: bool,
) -> None:
    """Import the reports of a mail service (JSON or JSON lines) as events: outcome, channel_address_removed,
    consent_changed.

    The file has what the webhook of the service sends; docs/feedback.md lists the services. Reports without the id of a
    customer are skipped: POST /v1/feedback/NAME also finds customers by the id of a recommendation. If a report that
    ends messages to a customer is unusable, nothing is written.

    \b
    Example:
      patron import feedback reports.jsonl --service mailgun --out events.jsonl
      patron load events.jsonl

    Exit codes: 0 success, 1 too many unusable reports, 2 invalid arguments or an unreadable file.
    """
    table = _table(service, tables)
    book = load_rulebook(rules)
    layout = feedback.Layout(table, _channel(channel, table, book), book)

    def imported(counts: ImportCounts, advance: Advance) -> Iterator[bytes]:
        return feedback.events(file, layout, counts, advance, accept_losses)

    run(file, out, as_json, imported)


def _table(service: str, folder: Path | None) -> Table:
    try:
        tables = feedback_tables(folder)
    except WrongTables as error:
        fail(str(error))
    if service not in tables:
        hint = did_you_mean(service, tables) or f"the services are {', '.join(sorted(tables))}"
        raise click.BadParameter(f"no feedback table for {service!r}; {hint}", param_hint="--service")
    return tables[service]


def _channel(channel: str | None, table: Table, book: Rulebook) -> str:
    try:
        return known_channel(channel or table.channel, book)
    except InvalidInput as error:
        raise click.BadParameter(error.problems[0].message, param_hint="--channel") from None
