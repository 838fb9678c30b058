"""`patron decide`: ask a running service what to do for one customer, and why."""

import uuid

import click
import orjson

from cli.client import REFUSALS, once
from cli.output import fail, json_option, say, say_json
from cli.render.decision import tell_decision
from cli.report import key_option, url_option


@click.command("decide", short_help="Ask a running service what to do for a customer, and why.")
@click.argument("customer")
@click.option("--placement", "placements", multiple=True, help="A placement to fill; several are allowed.")
@click.option("--anonymous", is_flag=True, help="CUSTOMER is an anonymous id.")
@click.option("--language", help="Language of the texts (BCP 47).")
@click.option("--now", help="Decide as of this time (RFC 3339); stores nothing.")
@click.option("--keep", is_flag=True, help="Store the decision; otherwise it is a dry run.")
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
    """Ask for a decision and print it with its reasons: every rule that fired, and why others were held back.

    \b
    Example:
      patron decide c-1001 --placement home.banner

    Exit codes: 0 answered, 1 the request was refused, 2 wrong call, or the service cannot be reached.
    """
    if now and keep:
        fail("--now is for dry runs: what is kept is decided at the service's own time (leave out --keep or --now)")
    body = {
        "request_id": f"cli-{uuid.uuid4()}",
        "customer": {"anonymous_id" if anonymous else "id": customer},
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
    for line in tell_decision(answer):
        say(line)
