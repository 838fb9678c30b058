"""A rule test as values: what is given, what is asked, what is expected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from authoring.rule_tests.figure import Figure
from engine.domain.events import Event, Placed
from engine.domain.profile.state import Pending
from engine.domain.trigger import Occasion
from engine.rulebook.condition import AllOf
from engine.rulebook.model import Value
from engine.rulebook.place import Place

CUSTOMER: Final = "test-customer"
"""The id of the customer whom every test is about."""
HELD_NOT: Final = 0
"""As `deliver_after`: it is sent at once."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer that tests share. `links` and `consents` are channels; `traits` as an event gives them.

    `given`: facts that stand in every test of this persona, as far as that does not say otherwise.
    """

    links: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text must say: in this language (None: as it was recommended), in this field (None: in any of them).

    `exactly`: the field is this text; otherwise the text stands in it somewhere.
    """

    text: str
    language: str | None = None
    field: str | None = None
    exactly: bool = False


PARTS: Final = ("total", "stock", "budget")
"""What of an action can be used up: contacts of the period, units ever, money of the period."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come out; None where nothing is said.

    `first`: an action or "none". `rule`, `channel`, `language`, `effect` (the keys that are written), `wordings`,
    `products` (skus), `score` and `score_parts` are those of the first recommendation, and so is `deliver_after`: ms,
    or HELD_NOT. `all`: the actions in their order. `none`: actions that must not be there. `rejected`: action ->
    reason. In whatever order, with None where the test says no more: `withdrawn`: action that waited and no longer
    may -> reason; `deliveries`: action that is to be sent -> channel. `used`: action -> one of PARTS -> how much of it
    is taken by all customers together. `facts`: what holds of the facts.
    """

    first: str | None = None
    rule: str | None = None
    channel: str | None = None
    language: str | None = None
    wordings: tuple[Wording, ...] = ()
    effect: Mapping[str, Any] | None = None
    products: tuple[str, ...] | None = None
    score: Figure | None = None
    score_parts: Mapping[str, Figure] = field(default_factory=dict)
    deliver_after: int | None = None
    all: tuple[str, ...] | None = None
    none: tuple[str, ...] = ()
    rejected: Mapping[str, str] = field(default_factory=dict)
    withdrawn: Mapping[str, str | None] | None = None
    deliveries: Mapping[str, str | None] | None = None
    used: Mapping[str, Mapping[str, Figure]] = field(default_factory=dict)
    facts: AllOf | None = None


Taken = Mapping[str, Mapping[str, int]]
"""What other customers have taken: action -> one of PARTS -> how much, money in minor units."""


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
    what came of its latest recommendation. None of these: time passes. `expect` None: nothing is said of it. `used`:
    what others take before it.
    """

    number: int
    turn: int
    place: Place
    at: int
    event: Event | None = None
    occasion: Occasion | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    expect: Expect | None = None
    used: Taken = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test. `at` in ms; `cut_offs`: tier -> score in minor units; `ask`: a trigger key, or the event that asks.

    `done`: rules whose `once` the customer has had in the present silence, order, year ... `contacts` and `pending`:
    what the customer was told before, and what still waits. `holdout`: the customer is in that of everything. `used`:
    what others have taken of what is shared out among all.

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
    used: Taken = field(default_factory=dict)
    cut_offs: Mapping[str, int] | None = None
    mean_order: int | None = None
    ask: str = "asked"
    event: Event | None = None
    placements: tuple[Placed, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    steps: tuple[Step, ...] = ()
    anonymous: bool = False
