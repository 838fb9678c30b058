"""`patron explain`: explain a decision, and what would have to change for a rule to match."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import click
import orjson

from cli.client import REFUSALS, Client, key_option, once, url_option
from cli.customer_options import anonymous_option, customer_json, placements_option
from cli.log_file import amounts_option
from cli.output import FOUND, fail, json_option, say, say_json
from cli.past import TRIGGERS, PastMoment, decided_at
from cli.rulebook_folder import load_compiled, rules_option
from engine.domain.errors import InvalidInput
from engine.domain.events import customer_key
from engine.domain.times import parse_rfc3339
from engine.domain.trigger import REQUESTED
from explain import LANGUAGES
from service.explanation import Ask, explained

MATCHER: Final = "reference"
"""One decision needs no fast matcher."""


@click.command("explain", short_help="Explain a decision.")
@click.argument("customer", required=False)
@anonymous_option
@click.option("--decision", metavar="ID", help="Explain this decision of a running service.")
@placements_option
@click.option("--at", "--now", "at", metavar="TIME", help="Time (RFC 3339; default: now, or the end of the file).")
@click.option("--rule", metavar="RULE", help="Report what would have to change for RULE to match.")
@click.option("--all", "everything", is_flag=True, help="List every rule that was evaluated, with its facts.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="Language of the explanation.",
)
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Without a service: replay FILE up to --at, and explain the decision then.",
)
@amounts_option
@rules_option
@click.option(
    "--trigger",
    type=click.Choice(TRIGGERS),
    default=REQUESTED,
    show_default=True,
    help="With --events: explain a request, an inactivity timer, or the customer's last event.",
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
    amounts: str,
    rules: Path,
    trigger: str,
    url: str,
    key: str | None,
    as_json: bool,
) -> None:
    """Explain a decision: recommendations with their reasons, refusals, the rules closest to matching, and with --rule
    what would have to change for one to match.

    Explains a decision for CUSTOMER now at a running service (a dry run), a decision made there (--decision), or one at
    any time in a file of events (--events).

    \b
    Example:
      patron explain c-1001 --placement checkout.banner
      patron explain --decision d-857385cd3f431e867beaca --language zh-Hans
      patron explain c-1001 --events log.jsonl --rules rules --rule quiet-check-in

    Exit codes: 0 success, 1 the service refused the call, there is nothing to explain, or errors in the rules, 2
    invalid arguments, an unreadable file, or the service is not reachable.
    """
    if (customer is None) is (decision is None):
        fail("name either CUSTOMER or --decision ID")
    if decision is not None and events is not None:
        fail("--decision is stored by a service; with --events name CUSTOMER")
    ask = Ask(language, everything, rule)
    if customer is None:
        explanation = _from_service((url, key), f"/v1/decisions/{quote(decision or '', safe='')}{_query(ask)}", None)
    elif events is None:
        request = _request(customer, anonymous, placements, at)
        explanation = _from_service((url, key), f"/v1/decisions{_query(ask)}", request)
    else:
        moment = PastMoment(_key(customer, anonymous), _moment(at), trigger, placements, amounts)
        explanation = _replayed(moment, events, rules, ask)
    if as_json:
        say_json(explanation)
        return
    for line in explanation["sentences"]:
        say(line)


def _request(customer: str, anonymous: bool, placements: tuple[str, ...], at: str | None) -> dict[str, Any]:
    """A dry run: the service stores nothing."""
    return {
        "request_id": f"cli-{uuid.uuid4()}",
        "customer": customer_json(customer, anonymous),
        "placements": [{"id": placement} for placement in placements],
        "dry_run": True,
        "include": ["explanation", "profile"],
        **({"now": at} if at is not None else {}),
    }


def _query(ask: Ask) -> str:
    parameters = {"language": ask.language, "rule": ask.rule, "all": "yes" if ask.everything else None}
    return "?" + urlencode({name: value for name, value in parameters.items() if value is not None})


def _from_service(at: tuple[str, str | None], path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The explanation in the answer of the service (url, key) to a POST of `body`, or to a GET."""

    def call(service: Client) -> tuple[int, Any]:
        return service.get(path) if body is None else service.post(path, orjson.dumps(body))

    explanation: Mapping[str, Any] = once(*at, call, REFUSALS)["explanation"]
    return explanation


def _key(customer: str, anonymous: bool) -> str:
    return customer_key(**customer_json(customer, anonymous))


def _moment(at: str | None) -> int | None:
    try:
        return None if at is None else parse_rfc3339(at)
    except ValueError:
        fail(f"--at {at} is not an RFC 3339 time; write one such as 2026-03-01T10:00:00+01:00")


def _replayed(moment: PastMoment, events: Path, rules: Path, ask: Ask) -> Mapping[str, Any]:
    """The explanation of a decision of the rules in a folder at a moment of a file of events."""
    compiled = load_compiled(rules, MATCHER)
    try:
        decided = decided_at(moment, events, compiled)
        return explained(decided.decision, compiled, ask, decided.known)
    except OSError as error:
        fail(f"{events}: {error.strerror}")
    except InvalidInput as error:
        fail(str(error), FOUND)
