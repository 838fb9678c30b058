"""A rule test as values: what is given, what is asked, what is expected."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from authoring.rule_tests.figure import Figure
from engine.decisioning.contacts import answered
from engine.domain.events import Event, Placed, customer_key
from engine.domain.facts import Value
from engine.domain.profile import Contact, Profile
from engine.domain.profile.state import Pending
from engine.domain.times import DAY
from engine.domain.trigger import Trigger
from engine.rulebook.condition import AllOf
from engine.rulebook.findings import Place
from engine.rulebook.model import Rulebook
from engine.value.tiers import CutOff, Snapshot, key_of_score

CUSTOMER: Final = "test-customer"
"""The id of the customer whom every test is about."""
HELD_NOT: Final = 0
"""As `deliver_after`: it is sent at once."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer that tests share. `channel_addresses` and `consents` are channels; `traits` as an event gives them.

    `given`: facts that stand in every test of this persona, as far as that does not say otherwise.
    """

    channel_addresses: tuple[str, ...] = ()
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
    """A contact of a test: `at` in ms, and its outcome."""

    action: str
    channel: str
    at: int
    outcome: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a scenario, the `number`-th of them at `at` (ms); `turn` counts repetitions from 0.

    An `event`, with the `trigger` where it is decided on; a `trigger` alone: a request; `outcomes`: action ->
    what came of its latest recommendation. None of these: time passes. `expect` None: nothing is said of it. `used`:
    what others take before it.
    """

    number: int
    turn: int
    place: Place
    at: int
    event: Event | None = None
    trigger: Trigger | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    expect: Expect | None = None
    used: Taken = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test. `at` in ms; `cut_offs`: tier -> score in minor units; `ask`: a trigger key, or the event that triggers.

    `done`: rules whose `once` is used up in the present inactivity spell, order, year ... `contacts` and `pending`:
    earlier contacts and pending recommendations. `holdout`: the customer is in the control group for everything.
    `used`: use of shared limits by other customers.

    With `steps` it is a scenario that begins at `at`, with requests and expectations. `anonymous`: it begins with
    an anonymous customer.
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
    ask: str = "requested"
    event: Event | None = None
    placements: tuple[Placed, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    steps: tuple[Step, ...] = ()
    anonymous: bool = False


# What a test and a scenario begin with: the persona's events, the shop's figures, what the customer was told before.


PERSONA_SINCE: Final = 400 * DAY
"""So long before the test the customer became reachable, consented and said who they are."""
MARKETING: Final = "marketing"


def snapshot_of(test: RuleTest, book: Rulebook, at: int) -> Snapshot:
    """The shop's figures at `at`: the scores at which tiers begin are the same at every moment of a scenario."""
    if test.cut_offs is None:
        return Snapshot()
    levels = [level.id for level in book.tiers.levels]
    keys = {tier: key_of_score(amount, at) for tier, amount in test.cut_offs.items() if amount > 0}
    cuts = tuple(CutOff(level, keys[level], keys[level]) for level in levels if level in keys)
    newcomer = cuts[0].enter if cuts else None
    mean = float(test.mean_order) if test.mean_order is not None else None
    return Snapshot(number=1, at=at, customers=1, mean_value=mean, cut_offs=cuts, newcomer=newcomer)


def persona_events(test: RuleTest, book: Rulebook) -> list[Event]:
    """The persona as events of long ago; channel addresses and consents given as facts count too."""
    persona, at = test.persona, test.at - PERSONA_SINCE
    customer = customer_key(id=CUSTOMER)
    purposes = tuple(sorted({MARKETING, *book.contact_policy.consent_purpose.values()}))
    addresses = sorted({*persona.channel_addresses, *_set_of(test.given, "customer.channel_addresses")})
    consents = sorted({*persona.consents, *_set_of(test.given, "customer.consents")})
    events = [
        Event(f"address-{address}", "channel_address_added", at, customer, None, {"channel": address})
        for address in addresses
    ]
    for channel in consents:
        said = {"channel": channel, "purposes": purposes, "granted": True}
        events.append(Event(f"consent-{channel}", "consent_changed", at, customer, None, said))
    if persona.traits:
        events.append(Event("persona", "identified", at, customer, None, {"traits": persona.traits}))
    return events


def _set_of(given: Mapping[str, Value], name: str) -> frozenset[str]:
    value = given.get(name)
    return value if isinstance(value, frozenset) else frozenset()


def contacted(profile: Profile, told: Told) -> Profile:
    """The profile after a contact of the test."""
    known = profile.contacts.get(told.action, Contact())
    touches = {**known.touches, told.channel: (*known.touches.get(told.channel, ()), told.at)}
    profile = profile.but(contacts={**profile.contacts, told.action: replace(known, touches=touches)})
    return answered(profile, "", told.action, told.outcome, told.at)
