"""Every error that the engine and the service raise deliberately. All derive from `PatronError`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input. `pointer` is a JSON pointer (RFC 6901) into it, "" the whole of it."""

    pointer: str
    code: str
    message: str


class PatronError(Exception):
    """Base of all errors raised deliberately; its text is safe to return to the sender."""


class InvalidInput(PatronError):
    """The sender's data is invalid; nothing was stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.message}" for p in problems))
        self.problems = problems


class NotFound(PatronError):
    """The requested id is not stored (it never was, or its retention has ended)."""


class StateUnavailable(PatronError):
    """The store did not answer in time; nothing was stored. Try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Contended(StateUnavailable):
    """Too many concurrent requests for one customer; the bounded retries are exhausted."""


class UnreadableState(PatronError):
    """The stored customer data is damaged, or in a newer format. Retrying does not help."""


class KeyReused(PatronError):
    """An idempotency key was reused with a different request; nothing was done."""


class InFlight(PatronError):
    """The same request is in progress. Try again after `retry_after` seconds."""

    retry_after = 1
