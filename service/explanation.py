"""Why, and why not: every rule that looked, with each condition, the fact's value, and whether it held."""

from collections.abc import Mapping
from typing import Any

from engine.compiled import Compiled
from engine.rulebook.reference import trace
from service.records import value_from_json


def explain(record: Mapping[str, Any], compiled: Compiled) -> dict[str, Any]:
    """The explanation of a record, from the facts in it. Under another rulebook it says so instead of guessing."""
    book = compiled.rulebook
    if record["rulebook"] != book.revision:
        return {"rules": [], "note": f"decided under {record['rulebook']}; this server runs {book.revision}"}
    facts = {name: value_from_json(value, compiled.types[name]) for name, value in record["facts"].items()}
    matched = set(record["matched"])
    return {
        "rules": [
            {
                "rule": rule.id,
                "title": rule.title,
                "status": rule.status,
                "held": rule.id in matched,
                "when": trace(rule.when, facts, book.segments).to_json(),
            }
            for rule in compiled.rules.get(record["trigger"], ())
        ]
    }
