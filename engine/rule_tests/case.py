"""A rule test as values: what is given, what is asked, what is expected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.events import Event, Placed
from engine.occasion import Occasion
from engine.profile.state import Pending
from engine.rulebook.model import Value
from engine.rulebook.place import Place

CUSTOMER: Final = "test-customer"
"""The id of the customer whom every test is about."""
HELD_NOT: Final = 0
"""As `deliver_after`: it is sent at once."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer that tests share. `links` and `consents` are channels; `traits` as an event gives them."""

    links: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come out; None where nothing is said.

    `first`: an action or "none". `rule`, `channel`, `language`, `effect` (its type), `text` (stands in one of the
    fields) and `products` (skus) are those of the first recommendation, and so is `deliver_after`: ms, or HELD_NOT.
    `all`: the actions in their order. `none`: actions that must not be there. `rejected`: action -> reason.
    `withdrawn`: the actions, in whatever order, that waited and no longer may.
    """

    first: str | None = None
    rule: str | None = None
    channel: str | None = None
    language: str | None = None
    text: str | None = None
    effect: str | None = None
    products: tuple[str, ...] | None = None
    deliver_after: int | None = None
    all: tuple[str, ...] | None = None
    none: tuple[str, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)
    withdrawn: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A contact that a test tells of: `at` in ms, and the outcome that it came to."""

    action: str
    channel: str
    at: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a story, the `number`-th of them at `at` (ms); `turn` counts from 0 where it is told several times.

    An `event`, with the `occasion` where it is decided on; an `occasion` alone: somebody asks; `outcomes`: action ->
    what came of its latest recommendation. None of these: time passes. `expect` None: nothing is said of it.
    """

    number: int
    turn: int
    place: Place
    at: int
    event: Event | None = None
    occasion: Occasion | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    expect: Expect | None = None


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test. `at` in ms; `cut_offs`: tier -> score in minor units; `ask`: a trigger key, or the event that asks.

    `done`: rules whose `once` the customer has had in the present silence, order, year ... `contacts` and `pending`:
    what the customer was told before, and what still waits. `holdout`: the customer is in that of everything.

    With `steps` it is a story that begins at `at`, and they say what is asked and expected. `anonymous`: it begins with
    somebody whom nobody knows.
    """

    name: str
    place: Place
    at: int
    expect: Expect
    persona: Persona = field(default_factory=Persona)
    given: Mapping[str, Value] = field(default_factory=dict)
    history: tuple[Event, ...] = ()
    done: tuple[str, ...] = ()
    contacts: tuple[Told, ...] = ()
    pending: tuple[Pending, ...] = ()
    holdout: bool = False
    cut_offs: Mapping[str, int] | None = None
    mean_order: int | None = None
    ask: str = "asked"
    event: Event | None = None
    placements: tuple[Placed, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    steps: tuple[Step, ...] = ()
    anonymous: bool = False
