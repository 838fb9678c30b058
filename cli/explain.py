"""`patron explain`: the story of a decision in plain words, and what would have to change for a rule to fire."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import click
import orjson

from cli.client import REFUSALS, Client, once
from cli.output import FOUND, fail, json_option, say, say_json
from cli.past import ASKED, TRIGGERS, Moment, decided_at
from cli.report import key_option, url_option
from cli.rulebooks import load_compiled, rules_option
from engine.domain.errors import InvalidInput
from engine.domain.events import customer_key
from engine.domain.times import parse_rfc3339
from explain import LANGUAGES
from service.explanation import Ask, explained

MATCHER: Final = "reference"
"""One decision needs no fast matcher."""


@click.command("explain", short_help="Why a customer got what they got, and what would have to change.")
@click.argument("customer", required=False)
@click.option("--anonymous", is_flag=True, help="CUSTOMER is an anonymous id.")
@click.option("--decision", help="Explain this decision of a running service, by its id.")
@click.option("--placement", "placements", multiple=True, help="A placement to fill; several are allowed.")
@click.option("--at", help="The moment (RFC 3339); left out: now, or the end of the file.")
@click.option("--rule", help="Say what would have to change for this rule (its id) to fire.")
@click.option("--all", "everything", is_flag=True, help="Tell every rule and fact that was looked at.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True, help="Tell it in.")
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Without a service: replay this file of events up to the moment.",
)
@rules_option
@click.option(
    "--trigger",
    type=click.Choice(TRIGGERS),
    default=ASKED,
    show_default=True,
    help="With --events: asked by a request, overdue by silence, or by the last that the customer did.",
)
@url_option
@key_option
@json_option
def explain_command(
    customer: str | None,
    anonymous: bool,
    decision: str | None,
    placements: tuple[str, ...],
    at: str | None,
    rule: str | None,
    everything: bool,
    language: str,
    events: Path | None,
    rules: Path,
    trigger: str,
    url: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Tell the story of a decision: what was recommended and why, what was not, which rules nearly held, and with
    --rule what would have to change. Of a customer as they are now at a running service (nothing is stored), of a
    decision that was made there, or of a moment in a file of events.

    \b
    Example:
      patron explain c-1001 --placement checkout.banner
      patron explain --decision d-857385cd3f431e867beaca --language zh-Hans
      patron explain c-1001 --events log.jsonl --rules rules --rule quiet-check-in

    Exit codes: 0 explained, 1 refused, or there is nothing to explain, or errors in the rules, 2 wrong call, a file
    that cannot be read, or the service cannot be reached.
    """
    if (customer is None) is (decision is None):
        fail("name a customer, or a decision with --decision")
    if decision is not None and events is not None:
        fail("--decision is kept by a service; for a file of events name a customer")
    ask = Ask(language, everything, rule)
    if customer is None:
        told = _asked((url, key), f"/v1/decisions/{quote(decision or '', safe='')}{_query(ask)}", None)
    elif events is None:
        told = _asked((url, key), f"/v1/decisions{_query(ask)}", _request(customer, anonymous, placements, at))
    else:
        moment = Moment(_key(customer, anonymous), _moment(at), trigger, placements)
        told = _replayed(moment, events, rules, ask)
    if as_json:
        say_json(told)
        return
    for line in told["told"]:
        say(line)


def _request(customer: str, anonymous: bool, placements: tuple[str, ...], at: str | None) -> dict[str, Any]:
    """A dry run: the service stores nothing."""
    return {
        "request_id": f"cli-{uuid.uuid4()}",
        "customer": {"anonymous_id" if anonymous else "id": customer},
        "placements": [{"id": placement} for placement in placements],
        "dry_run": True,
        "include": ["explanation", "profile"],
        **({"now": at} if at is not None else {}),
    }


def _query(ask: Ask) -> str:
    asked = {"language": ask.language, "rule": ask.rule, "all": "yes" if ask.everything else None}
    return "?" + urlencode({name: value for name, value in asked.items() if value is not None})


def _asked(at: tuple[str, str | None], path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The explanation in what the service (url, key) answers: to a request with this body, or to a reading."""

    def call(service: Client) -> tuple[int, Any]:
        return service.get(path) if body is None else service.post(path, orjson.dumps(body))

    told: Mapping[str, Any] = once(*at, call, REFUSALS)["explanation"]
    return told


def _key(customer: str, anonymous: bool) -> str:
    return customer_key(anonymous_id=customer) if anonymous else customer_key(id=customer)


def _moment(at: str | None) -> int | None:
    try:
        return None if at is None else parse_rfc3339(at)
    except ValueError:
        fail(f"--at {at} is no moment; write it as 2026-03-01T10:00:00+01:00")


def _replayed(moment: Moment, events: Path, rules: Path, ask: Ask) -> Mapping[str, Any]:
    """The explanation of what the rules in a folder decide at a moment of a file of events."""
    compiled = load_compiled(rules, MATCHER)
    try:
        decided = decided_at(moment, events, compiled)
        return explained(decided.decision, compiled, ask, decided.known)
    except OSError as error:
        fail(f"{events}: {error.strerror}")
    except InvalidInput as error:
        fail(str(error), FOUND)
