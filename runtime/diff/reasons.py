"""Why an action was recommended on an occasion, or why not, out of the record of the decision."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.compiled import Compiled
from engine.rulebook.model import Recommend
from engine.rulebook.reference import Trace, plain, trace
from service.records import Record, value_from_json


def reasons(record: Record, actions: Iterable[str], compiled: Compiled) -> list[str]:
    """Sentences: what was recommended, and why each of these actions was not."""
    given = [one for result in record["results"] for one in result.get("recommendations", ())]
    lines = [_given(one) for one in given] or ["Nothing is recommended."]
    withheld = {one["action"] for one in record.get("withheld", ())}
    for action in actions:
        if action in withheld:
            lines.append(f"{action}: the customer is held out of it.")
        elif action not in {one["action"] for one in given}:
            lines += _missing(action, record, compiled)
    return lines


def _given(one: Mapping[str, Any]) -> str:
    return f"{one['action']} by {one['channel']}: {one['why']} (rule {one['rule']}, score {one['score']:g})."


def _missing(action: str, record: Record, compiled: Compiled) -> Iterator[str]:
    dropped = [one for one in record["rejected"] if one["action"] == action]
    if dropped:
        for one in dropped:
            yield f"{action} was dropped ({one['reason']}): {one['detail']}."
        return
    if action not in compiled.rulebook.actions:
        yield f"{action}: there is no such action here."
        return
    looking = [
        rule
        for rule in compiled.rules.get(record["trigger"], ())
        if isinstance(rule.then, Recommend) and rule.then.action == action
    ]
    if not looking:
        yield f"{action}: no rule that looks at {record['trigger']} recommends it."
    facts = {name: value_from_json(value, compiled.types[name]) for name, value in record["facts"].items()}
    for rule in looking:
        said = list(_unmet(trace(rule.when, facts, compiled.rulebook.segments)))
        yield f"{action}: rule {rule.id} does not hold: {'; '.join(said)}." if said else f"{action}: not chosen."


def _unmet(found: Trace) -> Iterator[str]:
    """The comparisons that keep a condition from holding."""
    if found.holds:
        return
    if found.kind == "compare":
        yield f"{found.fact} is {_value(found.actual)}, and not {_asked(found)}"
    elif found.kind == "segment":
        yield f"the customer is not in the segment {found.segment}"
    elif found.kind == "none":
        for child in found.children:
            if child.holds:
                yield f"what must not be is: {_named(child)}"
    else:
        for child in found.children:
            yield from _unmet(child)


def _named(found: Trace) -> str:
    if found.kind == "compare":
        return f"{found.fact} {_asked(found)}"
    return f"the segment {found.segment}" if found.kind == "segment" else " and ".join(map(_named, found.children))


def _asked(found: Trace) -> str:
    return f"{found.op} {_value(found.expected)}"


def _value(value: Any) -> str:
    shown = plain(value)
    if isinstance(shown, list):
        return f"[{', '.join(map(str, shown))}]"
    if isinstance(shown, bool):
        return "yes" if shown else "no"
    return "unknown" if shown is None else str(shown)
