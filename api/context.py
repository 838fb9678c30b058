"""What every view works with: the service, the settings, the guard at the door."""

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec

import orjson
from flask import Response, request

from api.facade import Facade
from api.metrics import Metrics
from api.problems import BadRequest
from api.settings import ApiKey, ApiSettings
from engine.rulebook.shop import Shop

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Api:
    """One app's parts. `draining`: set when the process is about to stop; `/readyz` says no from then on."""

    service: Facade
    settings: ApiSettings
    metrics: Metrics = field(default_factory=Metrics)
    draining: threading.Event = field(default_factory=threading.Event)

    @property
    def shop(self) -> Shop:
        return self.service.rulebook.shop

    def needs(self, scope: str) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
        """Lets a request through to the view only with a key of this scope, where keys are configured."""

        def guarded(view: Callable[P, Response]) -> Callable[P, Response]:
            @wraps(view)
            def inner(*args: P.args, **kwargs: P.kwargs) -> Response:
                if self.settings.keys:
                    require(self.settings.keys, scope)
                return view(*args, **kwargs)

            inner.scope = scope  # type: ignore[attr-defined]  # openapi.json names it
            return inner

        return guarded


def require(keys: tuple[ApiKey, ...], scope: str) -> None:
    """401 without a key that we know, 403 when it lacks the scope. Takes the same time for every wrong key."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    digest = hashlib.sha256(token.strip().encode()).hexdigest()
    matching = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    if kind.lower() != "bearer" or not matching:
        detail = "needs a key that we know: Authorization: Bearer pat_..."
        raise BadRequest(401, "unauthorized", detail, WWW_Authenticate='Bearer realm="patron"')
    if scope not in matching[0].scopes:
        challenge = f'Bearer realm="patron", error="insufficient_scope", scope="{scope}"'
        raise BadRequest(403, "forbidden", f'the key lacks the scope "{scope}"', WWW_Authenticate=challenge)


SAFE_HEADERS = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))
"""On every answer. `dump` gives them with the others, which is cheaper than adding them afterwards."""

_JSON_HEADERS = [("Content-Type", "application/json"), *SAFE_HEADERS]


def dump(data: Any, status: int = 200) -> Response:
    """JSON out."""
    return Response(orjson.dumps(data), status, _JSON_HEADERS)
