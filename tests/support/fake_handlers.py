"""Handlers that ask a fake service where the unit of work is a fake one, and do their work where it is not.

The API calls handlers by their names in its modules; there they are replaced, once, when a test imports a fake.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import api.customers
import api.decisions
import api.events
import api.feedback
import api.outcomes
from service import figures, reading
from service.live import Live


@dataclass(frozen=True)
class FakeWork:
    """A unit of work of a fake service."""

    fake: Any
    live: Live


def _asking(name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
    def ask(*arguments: Any) -> Any:
        work = next((one for one in arguments if isinstance(one, FakeWork)), None)
        if work is None:
            return handler(*arguments)
        rest = [one for one in arguments if one is not work and one is not work.fake.former]
        return getattr(work.fake, name)(*rest)

    return ask


def install() -> None:
    """From now on fakes are asked."""
    places: list[tuple[Any, str, str]] = [
        (api.events, "handle_event", "handle_event"),
        (api.events, "handle_events", "handle_events"),
        (api.customers, "handle_event", "handle_event"),
        (api.decisions, "handle_request", "handle_request"),
        (api.feedback, "apply_reports", "apply_reports"),
        (api.outcomes, "record_outcomes", "record_outcomes"),
        (reading, "explanation", "explained"),
        (figures, "make_snapshot_now", "make_snapshot"),
        *((reading, name, name) for name in ("customer", "export", "erase", "deliveries", "decision", "reproduce")),
        *((figures, name, name) for name in ("status", "value_report", "action_report")),
    ]
    for module, handler, name in places:
        setattr(module, handler, _asking(name, getattr(module, handler)))
