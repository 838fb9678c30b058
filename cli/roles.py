"""`patron roles`: what each product is for customers, measured in the shop's own log, as a roles.yaml."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli import roles_held
from cli.extras import need_analytics
from cli.log_file import EventFile
from cli.output import FOUND, counted, fail, json_option, say, say_json
from cli.roles_file import EPOCH, day_text, roles_yaml
from cli.roles_file import as_json as told
from cli.rulebooks import load_compiled, rules_option
from engine.rulebook.model import Rulebook

if TYPE_CHECKING:
    from analytics.roles.kept import Held
    from analytics.roles.measure import Measured

_ROLES: Final = 5


@click.command("roles", short_help="What each product is for your customers, from your own log.")
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write a roles.yaml here; without it, on standard output.")
@click.option(
    "--split", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only see whether roles hold from this day on."
)
@rules_option
@json_option
def roles_command(events: Path, out: Path | None, split: datetime | None, rules: Path, as_json: bool) -> None:
    """Measure the roles of products (S20) in a log of events (JSON lines, as `patron replay` reads them).

    activation: in first purchases and in those that end a pause. stabilising: bought again within 120 days. anti_churn:
    in purchases after more than 120 days of silence. volume: units. profit: margin of what is bought of it, where costs
    are known. Each score is a ratio (1: like any other product), next to the purchases that it rests on and to what it
    is at least with 99 % certainty. A role that the log cannot show is left out, with the reason.

    With --split nothing is written: lists are made from what came before that day, and the share of each list that
    still has a score above 1 afterwards is told.

    What is written is rules/roles.yaml; product_roles.yaml says from which score a product has a role. The lines may
    come in any order; memory stays bounded. Needs the extra `analytics`.

    \b
    Example:
      patron roles events.jsonl --out rules/roles.yaml
      patron check rules
      patron roles events.jsonl --split 2026-01-01

    Exit codes: 0 measured, 1 the log cannot tell, or errors in the rules, 2 wrong call, or a line that cannot be read.
    """
    need_analytics()
    from analytics.unsupported import Unsupported  # noqa: PLC0415 - optional

    book = load_compiled(rules, "reference").rulebook
    file = EventFile(events, book.shop)
    try:
        if split is not None:
            _tell_held(roles_held.held(file, split.toordinal() - EPOCH, book), as_json)
            return
        measured, unknown = _of_the_catalogue(_measured(file), book)
    except Unsupported as reason:
        fail(f"{events} cannot show roles: {reason}", FOUND)
    if len(measured.refused) == _ROLES:
        fail(f"{events} cannot show roles: " + "; ".join(f"{r}: {why}" for r, why in measured.refused.items()), FOUND)
    text, left_out = roles_yaml(measured, events.name, file.digest)
    _write(text, out)
    if as_json:
        say_json({**told(measured, file.digest), "not_in_catalogue": unknown, "left_out": left_out})
    elif out is None:
        say(text.rstrip("\n"))
    else:
        _tell(measured, unknown, left_out, out)


def _tell_held(held: "Held", as_json: bool) -> None:
    lists = roles_held.as_json(held)
    if as_json:
        say_json({"split": day_text(held.split), **lists})
        return
    for name, roles in lists.items():
        for role, one in roles.items():
            say(f"{name:<10} {role:<12} {roles_held.in_words(one)}")


def _measured(file: EventFile) -> "Measured":
    from analytics.roles.log import Seen, by_customer  # noqa: PLC0415
    from analytics.roles.measure import measure  # noqa: PLC0415

    seen = Seen()
    return measure(by_customer(roles_held.in_order(seen.rows(file)), seen.owners), seen)


def _of_the_catalogue(measured: "Measured", book: Rulebook) -> tuple["Measured", int]:
    """Without the products that the shop does not have any more, and how many those are; where it has none of them,
    all stay."""
    known = {sku: scores for sku, scores in measured.products.items() if sku in book.products}
    unknown = len(measured.products) - len(known)
    return (replace(measured, products=known), unknown) if known else (measured, unknown)


def _tell(measured: "Measured", unknown: int, left_out: int, out: Path) -> None:
    said = f"{counted(len(measured.products), 'product')} and {len(measured.categories):,} categories measured"
    say(f"{said}, of {measured.customers:,} customers: {out}")
    for role, why in measured.refused.items():
        say(f"  {role}: not shown, because {why}")
    if unknown == len(measured.products):
        say("  none of the log's products is in the catalogue: the table has all of them")
    elif unknown:
        say(f"  {unknown:,} products of the log are not in the catalogue")
    if left_out:
        say(f"  {left_out:,} products did not fit into the file: those that were ordered least")


def _write(text: str, out: Path | None) -> None:
    if out is None:
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out}: {error.strerror}")
