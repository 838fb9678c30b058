"""`patron analyze roles`: measure the roles of products in a log, and write them as roles.yaml."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.analyze.files import EPOCH, day_text, events_argument, write_text
from cli.analyze.held_roles import held, held_json, held_words, in_order
from cli.analyze.roles_file import as_json as measured_json
from cli.analyze.roles_file import roles_yaml
from cli.extras import need_analytics
from cli.files import out_option
from cli.log_file import EventFile, amounts_option
from cli.output import FOUND, counted, fail, json_option, say, say_json
from cli.rulebook_folder import load_compiled, rules_option
from engine.domain.calendar import Days
from engine.rulebook.model import Rulebook

if TYPE_CHECKING:
    from analytics.roles.kept import Held
    from analytics.roles.measure import Measured

_ROLES: Final = 5


@click.command("roles", short_help="Measure product roles (roles.yaml).")
@events_argument
@out_option
@click.option(
    "--split",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Write nothing; report which roles measured before DATE still hold after it.",
)
@amounts_option
@rules_option
@json_option
def roles_command(
    events: Path, out: Path | None, split: datetime | None, amounts: str, rules: Path, as_json: bool
) -> None:
    """Measure the roles of products in a log of EVENTS (JSON lines) and write them as roles.yaml.

    activation: in first purchases, and in those that end a pause. stabilising: bought again within 120 days.
    anti_churn: in purchases after more than 120 days of inactivity. volume: units sold. profit: margin, where costs
    are known. Each score is a ratio (1: an average product), with the number of purchases that it is based on and its
    lower bound at 99 % confidence. A role that the log does not support is left out, with the reason.

    Product roles also need a threshold: product_roles.yaml sets the minimum score of each role. Events may come in any
    order; memory use is bounded. Needs the extra `analytics`.

    With --split, lists are made from the purchases before that day, and the command reports the share of each list that
    still scores above 1 afterwards.

    \b
    Example:
      patron analyze roles events.jsonl --out rules/roles.yaml
      patron check rules
      patron analyze roles events.jsonl --split 2026-01-01

    Exit codes: 0 measured, 1 not enough data in the log, or errors in the rules, 2 invalid arguments, or a line that
    cannot be read.
    """
    need_analytics()
    from analytics.unsupported import Unsupported  # noqa: PLC0415 - optional

    book = load_compiled(rules, "reference").rulebook
    file = EventFile(events, book.shop, amounts)
    try:
        if split is not None:
            _print_held(held(file, split.toordinal() - EPOCH, book), as_json)
            return
        measured, unknown = _of_the_catalogue(_measured(file, book.shop.days), book)
    except Unsupported as reason:
        fail(f"cannot measure roles in {events}: {reason}", FOUND)
    _require_a_role(measured, events)
    text, left_out = roles_yaml(measured, events.name, file.digest)
    write_text(text, out)
    if as_json:
        say_json({**measured_json(measured, file.digest), "not_in_catalogue": unknown, "left_out": left_out})
    elif out is None:
        say(text.rstrip("\n"))
    else:
        _print_summary(measured, unknown, left_out, out)


def _require_a_role(measured: "Measured", events: Path) -> None:
    """Ends the command if the log supports none of the roles."""
    if len(measured.refused) == _ROLES:
        reasons = "; ".join(f"{role}: {why}" for role, why in measured.refused.items())
        fail(f"cannot measure roles in {events}: {reasons}", FOUND)


def _print_held(of: "Held", as_json: bool) -> None:
    lists = held_json(of)
    if as_json:
        say_json({"split": day_text(of.split), **lists})
        return
    for name, roles in lists.items():
        for role, one in roles.items():
            say(f"{name:<10} {role:<12} {held_words(one)}")


def _measured(file: EventFile, days: Days) -> "Measured":
    from analytics.roles.log import Seen, by_customer  # noqa: PLC0415
    from analytics.roles.measure import measure  # noqa: PLC0415

    seen = Seen()
    return measure(by_customer(in_order(seen.rows(file, days)), seen.owners), seen)


def _of_the_catalogue(measured: "Measured", book: Rulebook) -> tuple["Measured", int]:
    """Without products that left the catalogue, and their number; all products if none is in the catalogue."""
    known = {sku: scores for sku, scores in measured.products.items() if sku in book.products}
    unknown = len(measured.products) - len(known)
    return (replace(measured, products=known), unknown) if known else (measured, unknown)


def _print_summary(measured: "Measured", unknown: int, left_out: int, out: Path) -> None:
    parts = f"{counted(len(measured.products), 'product')} and {len(measured.categories):,} categories"
    say(f"wrote {out}: {parts}, measured on {counted(measured.customers, 'customer')}")
    for role, why in measured.refused.items():
        say(f"  {role}: not measured, because {why}")
    if unknown == len(measured.products):
        say("  no product of the log is in the catalogue: the file lists all of them")
    elif unknown:
        say(f"  {counted(unknown, 'product')} of the log not in the catalogue")
    if left_out:
        say(f"  {counted(left_out, 'product')} with the fewest orders left out: the file is full")
