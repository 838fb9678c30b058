"""A rule test as values: given state, request and expectation."""

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
from engine.domain.trigger import REQUESTED, Trigger
from engine.rulebook.condition import AllOf
from engine.rulebook.findings import Place
from engine.rulebook.model import Rulebook
from engine.value.tiers import CutOff, Snapshot, key_of_score

CUSTOMER: Final = "test-customer"
"""The customer id used in every test."""
HELD_NOT: Final = 0
"""As `deliver_after`: it is sent at once."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer shared by tests. `channel_addresses` and `consents` are channels; `traits` are as in an event.

    `given`: facts set in every test of this persona, unless the test overrides them.
    """

    channel_addresses: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """Text to expect: in this language (None: as recommended), in this field (None: in any).

    `exactly`: the field equals this text; otherwise it contains it.
    """

    text: str
    language: str | None = None
    field: str | None = None
    exactly: bool = False


PARTS: Final = ("total", "stock", "budget")
"""The exhaustible parts of an action: contacts of the period, units ever, money of the period."""


@dataclass(frozen=True, slots=True)
class Expect:
    """The expected result; None where nothing is expected.

    `first`: an action or "none". `rule`, `channel`, `language`, `effect` (the keys that are written), `wordings`,
    `products` (skus), `score` and `score_parts` are those of the first recommendation, and so is `deliver_after`: ms,
    or HELD_NOT. `all`: the actions in order. `none`: actions that must be absent. `rejected`: action ->
    reason. In any order, with None where the test gives no detail: `withdrawn`: pending action that is no longer
    allowed -> reason; `deliveries`: action to send -> channel. `used`: action -> one of PARTS -> how much of it
    all customers together have used. `facts`: conditions on the facts.
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
"""Use by other customers: action -> one of PARTS -> amount, money in minor units."""


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
    outcome of its latest recommendation. None of these: time passes. `expect` None: no expectation. `used`:
    use by others before it.
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
    """One test. `at` in ms; `cut_offs`: tier -> score in minor units; `ask`: a trigger key, or the triggering event.

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
    ask: str = REQUESTED
    event: Event | None = None
    placements: tuple[Placed, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str | None = None
    steps: tuple[Step, ...] = ()
    anonymous: bool = False


# The initial state of a test or scenario: the persona's events, the shop's figures, earlier contacts.


PERSONA_SINCE: Final = 400 * DAY
"""How long before the test the customer became reachable, consented and identified themselves."""
MARKETING: Final = "marketing"


def snapshot_of(test: RuleTest, book: Rulebook, at: int) -> Snapshot:
    """The shop's figures at `at`: the tier cut-offs are the same throughout a scenario."""
    if test.cut_offs is None:
        return Snapshot()
    levels = [level.id for level in book.tiers.levels]
    keys = {tier: key_of_score(amount, at) for tier, amount in test.cut_offs.items() if amount > 0}
    cuts = tuple(CutOff(level, keys[level], keys[level]) for level in levels if level in keys)
    newcomer = cuts[0].enter if cuts else None
    mean = float(test.mean_order) if test.mean_order is not None else None
    return Snapshot(number=1, at=at, customers=1, mean_value=mean, cut_offs=cuts, newcomer=newcomer)


def persona_events(test: RuleTest, book: Rulebook) -> list[Event]:
    """The persona as events of long ago, including channel addresses and consents given as facts."""
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
