"""The context of every view: the service, the settings, the access check."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from typing import Any, ParamSpec

import orjson
from flask import Response, request

from api.idempotency import once
from api.metrics import Metrics
from api.problems import BadRequest
from api.settings import ApiKey, ApiSettings
from service.publishing import Publishing
from service.service import Service

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Api:
    """One app's parts. `draining`: set when the process is about to stop; `/readyz` fails from then on."""

    service: Service
    settings: ApiSettings
    publishing: Publishing
    metrics: Metrics = field(default_factory=Metrics)
    draining: threading.Event = field(default_factory=threading.Event)

    def needs(
        self, scope: str, *, repeats: int | None = None
    ) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
        """Admits only requests with a key of this scope, where keys are configured.

        `repeats`: the request has no id of its own, so an Idempotency-Key may say that it is a repetition; the bytes
        that its body may have.
        """

        def guarded(view: Callable[P, Response]) -> Callable[P, Response]:
            @wraps(view)
            def inner(*args: P.args, **kwargs: P.kwargs) -> Response:
                name = require(self.settings.keys, scope).name if self.settings.keys else ""
                if repeats is not None and "HTTP_IDEMPOTENCY_KEY" in request.environ:
                    return once(self.service.answers, name, repeats, partial(view, *args, **kwargs))
                return view(*args, **kwargs)

            # /openapi.json reports both
            inner.scope = scope  # type: ignore[attr-defined]
            inner.repeatable = repeats is not None  # type: ignore[attr-defined]
            return inner

        return guarded


def caller(api: Api) -> str:
    """The name of the key of this request; "" where none are configured."""
    return found.name if (found := _known(api.settings.keys)) else ""


def require(keys: tuple[ApiKey, ...], scope: str) -> ApiKey:
    """The key of a request. 401 when it is unknown, 403 when it lacks the scope.

    Takes the same time for every wrong key.
    """
    found = _known(keys)
    if found is None:
        detail = "a valid API key is required: Authorization: Bearer pat_..."
        raise BadRequest(401, "unauthorized", detail, WWW_Authenticate='Bearer realm="patron"')
    if scope not in found.scopes:
        challenge = f'Bearer realm="patron", error="insufficient_scope", scope="{scope}"'
        raise BadRequest(403, "forbidden", f'the key lacks the scope "{scope}"', WWW_Authenticate=challenge)
    return found


def _known(keys: tuple[ApiKey, ...]) -> ApiKey | None:
    digest = hashlib.sha256(_token(request.headers.get("Authorization", "")).encode()).hexdigest()
    matching = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    return matching[0] if matching else None


def _token(authorization: str) -> str:
    """The token of a header `Bearer TOKEN`, or the password of a `Basic` one; "" where there is none.

    Most mail services send no header of their own, but the user and password of the address of their webhook.
    """
    kind, _, rest = authorization.partition(" ")
    if kind.lower() == "bearer":
        return rest.strip()
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


SAFE_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))
"""On every answer. `dump` sets them with the others, which is cheaper than adding them afterwards."""

_JSON_HEADERS = [("Content-Type", "application/json"), *SAFE_HEADERS]


def dump(data: Any, status: int = 200) -> Response:
    """JSON out."""
    return Response(orjson.dumps(data), status, _JSON_HEADERS)
