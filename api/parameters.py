"""Query parameters: a call with one that its route does not declare, or with one twice, is refused."""

from collections.abc import Callable, Collection
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from api.operation import Operation
from api.problems import escaped
from engine.domain.errors import InvalidInput, Problem
from engine.domain.hints import LONGEST_SHOWN, did_you_mean

_MOST_SHOWN: Final = 20


def declared(view: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the query parameters that a view accepts."""
    operation: Operation | None = getattr(view, "operation", None)
    parameters = operation.parameters if operation is not None else ()
    return tuple(parameter["name"] for parameter in parameters if parameter["in"] == "query")


def check_query(got: MultiDict[str, str], known: tuple[str, ...]) -> None:
    """InvalidInput for an unknown parameter, which would have no effect, and for a repeated one."""
    problems = [_problem(name, known) for name in got if name not in known or len(got.getlist(name)) > 1]
    if problems:
        raise InvalidInput(tuple(problems[:_MOST_SHOWN]))


def _problem(name: str, known: Collection[str]) -> Problem:
    pointer = f"/{escaped(name[:LONGEST_SHOWN])}"
    if name in known:
        return Problem(pointer, "repeated", "is in the query string more than once; send it once")
    return Problem(pointer, "unknown", "is not a query parameter of this call" + _instead(name, known))


def _instead(name: str, known: Collection[str]) -> str:
    if not known:
        return ", which accepts none"
    return did_you_mean(name, known) or f"; use {' or '.join(known)}"
