"""Rulebooks that are the same but for one word in every rule, action and text: a mixture of two would show."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from authoring.checking import check_texts
from runtime.rule_folder import read_bundle

SMALL = read_bundle(Path(__file__).resolve().parent / "stress_rules")
RULES = 100
"""One for each number of orders: enough for two rulesets of durable_rules."""


def version(word: str) -> dict[str, bytes]:
    """The rulebook of this word (letters and digits), with a test that expects it."""
    texts = {"en": {"title": f"version {word}"}}
    action = {
        "action": f"say-{word}",
        "title": f"Says {word}",
        "kind": "service",
        "group": "words",
        "value": "10 EUR",
        "propensity": "10 %",
        "expires": "1 days",
        "treatments": [{"channel": "web", "texts": texts}, {"channel": "email", "texts": texts}],
    }
    rules = [_rule(f"orders-{word}-{n}", f"say-{word}", {"customer.orders": n}) for n in range(RULES)]
    test = {
        "test": f"Everybody is told {word}",
        "at": "2026-03-02T10:00:00+01:00",
        "given": {"customer.orders": 0},
        "ask": "requested",
        "placements": ["home"],
        "expect": {"first": f"say-{word}"},
    }
    return {
        **{name: content for name, content in SMALL.items() if name != "contact_policy.yaml"},
        "actions/all.yaml": _yaml({"actions": [action]}),
        "operation.yaml": _yaml({"rules": rules}),
        "tests/words.yaml": _yaml({"tests": [test]}),
    }


def revision_of(bundle: Mapping[str, bytes]) -> str:
    book, findings = check_texts(bundle)
    assert book is not None, findings
    return book.revision


def mixture(answer: Mapping[str, Any], words: Mapping[str, str]) -> str | None:
    """What in an answer belongs to another version than the revision that it names; None when nothing does.

    `words`: revision -> word.
    """
    word = words.get(answer["rulebook"])
    if word is None:
        return f"an unknown revision {answer['rulebook']}"
    said = [one for result in answer["results"] for one in result.get("recommendations", ())]
    if not said:
        return "nothing was recommended"
    for one in said:
        action, rule, title = one["action"], one["rule"], one["content"]["title"]
        if action != f"say-{word}" or rule.split("-")[1] != word or title != f"version {word}":
            return f"{action}, {rule}, {title!r} under the rulebook of {word}"
    return None


def _rule(name: str, action: str, when: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"The rule {name}",
        "serves": ["S1"],
        "status": "live",
        "owner": "stress",
        "trigger": ["requested", "order_completed"],
        "when": when,
        "recommend": {"action": action},
    }


def _yaml(value: Any) -> bytes:
    """JSON is YAML."""
    return json.dumps(value, indent=1).encode()
