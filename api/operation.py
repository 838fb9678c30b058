"""`@Operation(...)`: what /openapi.json reports about a route, declared beside it."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final, TypeVar

from api.json_schema import Json, ref

View = TypeVar("View", bound=Callable[..., Any])

YES_OR_NO: Final = ["yes", "no"]
ID: Final[Json] = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


@dataclass(frozen=True, slots=True)
class Operation:
    """Decorates a view with its description. The scope and the Idempotency-Key come from `Api.needs`.

    `answer`: a schema's name, or responses by status. `body`: a schema's name, or schemas by content type.
    `also`: statuses of problems beyond those that follow from scope, body and parameters.
    `errors`: whether problems other than an unknown query parameter are among the responses.
    """

    summary: str
    answer: str | Json
    _: KW_ONLY
    parameters: tuple[Json, ...] = ()
    body: str | Json | None = None
    also: tuple[str, ...] = ()
    errors: bool = True

    def __call__(self, view: View) -> View:
        view.operation = self  # type: ignore[attr-defined]  # collected by api/openapi.py
        return view

    def answers(self) -> Json:
        return {"200": done(content(ref(self.answer)))} if isinstance(self.answer, str) else self.answer

    def request_body(self) -> Json:
        body = content(ref(self.body)) if isinstance(self.body, str) else self.body
        return {} if body is None else {"requestBody": {"required": True, "content": body}}


def query(name: str, schema: Json, description: str | None = None, **more: Any) -> Json:
    """A parameter of the query string."""
    shown = {"description": description} if description is not None else {}
    return {"name": name, "in": "query", **shown, "schema": schema, **more}


def content(schema: Json, kind: str = "application/json") -> Json:
    """A body of this content type."""
    return {kind: {"schema": schema}}


def done(body: Json, description: str = "Done") -> Json:
    """A response with this body."""
    return {"description": description, "content": body}
