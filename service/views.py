"""How much of a record an answer shows: what could reach a browser is left out unless it was asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

INCLUDES = ("explanation", "rejected", "profile")
_PRIVATE = (
    "rejected",
    "matched",
    "profile",
    "facts",
    "trigger",
    "customer",
    "explanation",
    "withheld",
    "withdrawn",
    "on_trial",
    "inputs",
)
_INTERNAL = ("scope", "reserved")
_PRIVATE_IN_RECOMMENDATION = (*_INTERNAL, "score_parts", "kind")


def public(record: Mapping[str, Any], include: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The answer to a sender. `include`: explanation (with the scores' parts), rejected, profile."""
    out = {key: value for key, value in record.items() if key not in _PRIVATE}
    if "results" in record:
        parts = "explanation" in include
        out["results"] = [_result(result, parts) for result in record["results"]]
    for name in INCLUDES:
        if name in include and name in record:
            out[name] = record[name]
    return out


def traced(record: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that one may read later; also what a holdout kept back, what was withdrawn, and what rules on trial
    would have changed."""
    out = public(record, frozenset(INCLUDES))
    if "withheld" in record:
        out["withheld"] = [without(given, _INTERNAL) for given in record["withheld"]]
    out |= {name: record[name] for name in ("withdrawn", "on_trial") if name in record}
    return out


def _result(result: Mapping[str, Any], parts: bool) -> dict[str, Any]:
    if "recommendations" not in result:
        return dict(result)
    hidden = _INTERNAL if parts else _PRIVATE_IN_RECOMMENDATION
    return {**result, "recommendations": [without(given, hidden) for given in result["recommendations"]]}


def without(given: Mapping[str, Any], hidden: Iterable[str]) -> dict[str, Any]:
    """A copy without these keys."""
    shown = dict(given)
    for name in hidden:
        shown.pop(name, None)
    return shown
