"""`patron decide`: request a decision for a customer from a running service."""

import uuid

import click
import orjson

from cli.client import REFUSALS, key_option, once, url_option
from cli.customer_options import anonymous_option, customer_json, placements_option
from cli.output import fail, json_option, say, say_json
from cli.render.decision import render_decision


@click.command("decide", short_help="Request a decision for a customer.")
@click.argument("customer")
@placements_option
@anonymous_option
@click.option("--language", metavar="TAG", help="Language of the texts, BCP 47 (default: the customer's).")
@click.option("--now", "--at", "now", metavar="TIME", help="Decide as of TIME (RFC 3339), as a dry run.")
@click.option("--keep", is_flag=True, help="Store the decision (default: a dry run).")
@url_option
@key_option
@json_option
def decide_command(
    customer: str,
    placements: tuple[str, ...],
    anonymous: bool,
    language: str | None,
    now: str | None,
    keep: bool,
    url: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Request a decision for CUSTOMER and print it with its reasons: rules that matched, and actions refused.

    \b
    Example:
      patron decide c-1001 --placement home.banner

    Exit codes: 0 success, 1 the service refused the request, 2 invalid arguments, or the service is not reachable.
    """
    if now and keep:
        fail("--now is for dry runs, as a stored decision has the time of the service; leave out --keep or --now")
    body = {
        "request_id": f"cli-{uuid.uuid4()}",
        "customer": customer_json(customer, anonymous),
        "placements": [{"id": placement} for placement in placements],
        "language": language,
        "now": now,
        "dry_run": not keep,
        "include": ["explanation", "rejected", "profile"],
    }
    asked = orjson.dumps({name: value for name, value in body.items() if value is not None})
    answer = once(url, key, lambda service: service.post("/v1/decisions", asked), REFUSALS)
    if as_json:
        say_json(answer)
        return
    for line in render_decision(answer):
        say(line)
