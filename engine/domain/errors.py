"""Every error the engine and the service raise on purpose. All derive from `PatronError`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input. `pointer` is a JSON pointer (RFC 6901) into it, "" the whole of it."""

    pointer: str
    code: str
    message: str


class PatronError(Exception):
    """Base of all errors raised on purpose; its text is fit to be shown to the sender."""


class InvalidInput(PatronError):
    """The sender's data is wrong; nothing of it was stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.message}" for p in problems))
        self.problems = problems


class NotFound(PatronError):
    """What was asked for by its id is not stored (never was, or its retention has ended)."""


class StateUnavailable(PatronError):
    """The store did not answer in time; nothing was stored. Try again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Contended(StateUnavailable):
    """Too many requests for one customer at once; the bounded retries are used up."""


class UnreadableState(PatronError):
    """What is stored of a customer is damaged, or in a newer format. Trying again does not help."""


class KeyReused(PatronError):
    """A sender's key for repetitions came with another request than the first time; nothing was done."""


class InFlight(PatronError):
    """The same request is being worked on at this moment. Ask again after `retry_after` seconds."""

    retry_after = 1
