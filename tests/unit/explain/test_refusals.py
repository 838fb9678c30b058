"""Every refusal is told as a sentence with its numbers, in every language; what a record of before kept, as it is."""

from dataclasses import dataclass, field, replace

import pytest

from engine.compiled.rulebook import Compiled
from engine.decisioning.decide import decide_on, situated
from engine.domain.profile import Profile
from engine.domain.reasons import STAGE_OF, Reason
from engine.domain.refusal import Params, Refusal, refused
from engine.domain.times import DAY
from engine.domain.trigger import Trigger
from engine.value.tiers import Snapshot
from explain import LANGUAGES, Explanation, explain, tell
from explain.catalogue import catalogue
from explain.refusals import sentence
from service.reservations import used_up_refusal
from tests.support.books import CATALOGUE, CUSTOMER, NOW, action, asked, consent, made, on, reachable, rule, who
from tests.support.policy import at, contacted, one, refusing, waiting
from tests.support.refusals import FORMS, speaker

HERE = asked("home.banner")
SEND = asked()
MAIL = {"treatments": [on("email")]}
DROP = 'quiet_hours: [{channels: [email], from: "08:00", until: "12:00", then: drop}]'
HOLD = DROP.replace("drop", "hold")
BERLIN = "\ndefault_zone: Europe/Berlin"
ALWAYS = 'quiet_hours: [{channels: [email], from: "00:00", until: "24:00", then: hold}]'
CAP = "frequency_caps: [{at_most: 1, in: 7 days, window: rolling, channels: [web], groups: [group-of-a]}]"
DAILY = "frequency_caps: [{at_most: 1, in: 1 day, window: calendar, zone: customer}]"
WEEKLY = "frequency_caps: [{at_most: 1, in: 1 week, window: calendar, zone: shop}]"
THRICE = "suppression: [{after: 3, outcomes: [ignore, reject], within: 30 days, for: 60 days, per: action}]"
TOGETHER = "cooldown: {groups: {g: 14 days}}"
SAW = "\n  - {{sku: S-1, title: {{en: Saw}}, category: tools, price: 9 EUR, stock: {stock}}}"
SAWS = CATALOGUE.replace("{", "{{").replace("}", "}}").rstrip() + SAW
BOOKLESS = Profile(CUSTOMER)


@dataclass(frozen=True)
class Case:
    """A customer whose candidate `a` a stage refuses for a reason, and how that is told."""

    name: str
    reason: str
    told: str
    compiled: Compiled
    profile: Profile = BOOKLESS
    trigger: Trigger = HERE
    used_up: dict[str, str] = field(default_factory=dict)  # action -> what is lacking

    def explained(self) -> Explanation:
        book = self.compiled.rulebook
        lacking = {name: used_up_refusal(book.actions[name], what) for name, what in self.used_up.items()}
        snapshot = Snapshot()
        found = situated(self.compiled, snapshot, self.profile, self.trigger, NOW)
        return explain(decide_on(snapshot, found, lacking), self.compiled)


def two(**on_a: object) -> Compiled:
    """The action `a`, which is judged after a better `b` of the same group."""
    actions = [action("a", group="g", **on_a), action("b", group="g", value="20 EUR")]
    return made(actions, [rule("r", "a"), rule("r-b", "b")], contact_policy=TOGETHER)


LETTERS = who(*reachable("email"))
CASES = [
    Case(
        "not-live",
        "NOT_LIVE",
        "its rule has the status shadow: it is evaluated and recorded, never shown",
        one({"status": "shadow"}),
    ),
    Case(
        "valid-from",
        "OUT_OF_DATES",
        "its rule is valid only from Friday 1 January 2027, 00:00 (Europe/Berlin)",
        one({"valid": {"from": "2027-01-01"}}),
    ),
    Case(
        "valid-until",
        "OUT_OF_DATES",
        "its rule was valid until Friday 2 January 2026, 00:00 (Europe/Berlin)",
        one({"valid": {"until": "2026-01-01"}}),
    ),
    Case(
        "once",
        "ONCE_ALREADY",
        "it is recommended once per customer, and already was for this customer",
        one({"once": "per customer"}),
        replace(BOOKLESS, once={"r": "1"}),
    ),
    Case(
        "pending-elsewhere",
        "ALREADY_PENDING",
        "it is already pending for the customer (home.side)",
        one(),
        replace(BOOKLESS, pending=(waiting("a", "home.side"),)),
    ),
    Case(
        "same-action",
        "DUPLICATE",
        "rule q recommends the same action and takes precedence",
        made([action("a")], [rule("r", "a"), rule("q", "a")]),
    ),
    Case(
        "forbidden",
        "FORBIDDEN_BY_RULE",
        "rule no forbids it (The rule no)",
        made([action("a")], [rule("r", "a"), rule("no", forbid={"action": "a"})]),
    ),
    Case(
        "suppressed",
        "SUPPRESSED",
        "the customer ignored or rejected a 3 times within 30 days; after 3 it is suppressed for 60 days",
        one(contact_policy=THRICE),
        refusing("a", 10, 5, 1),
    ),
    Case(
        "cooldown",
        "COOLDOWN",
        "the last contact with a was on Thursday 26 February 2026, 10:00 (Europe/Berlin), and the cooldown is 14 days",
        one(on_action={"cooldown": "14 days"}),
        contacted("a", 4),
    ),
    Case(
        "cooldown-pending",
        "COOLDOWN",
        "b, of the same group g, is pending, and the cooldown of the group is 14 days",
        made([action("a", group="g"), action("b", group="g")], [rule("r", "a")], contact_policy=TOGETHER),
        replace(BOOKLESS, pending=(waiting("b", "home.side"),)),
    ),
    Case(
        "cooldown-here",
        "GROUP_ALREADY_CHOSEN",
        "another action of the group g was chosen here, and the cooldown of the group is 14 days",
        two(),
        trigger=asked("account.next", count=3),
    ),
    Case(
        "limit",
        "LIMIT_REACHED",
        "the customer has had it 2 of at most 2 times within 30 days",
        one(on_action={"limits": {"per_customer": "2 in 30 days"}}),
        contacted("a", 9, 4),
    ),
    Case(
        "total",
        "TOTAL_EXHAUSTED",
        "the quota of 5 this month is used up or reserved",
        one(on_action={"limits": {"total": "5 in 1 month"}}),
        used_up={"a": "total"},
    ),
    Case(
        "budget",
        "BUDGET_EXHAUSTED",
        "the budget of 100.00 EUR in total is used up or reserved",
        one(on_action={"budget": "100 EUR", "cost": {"per_contact": "1 EUR"}}),
        used_up={"a": "budget"},
    ),
    Case(
        "stock",
        "STOCK_EXHAUSTED",
        "the stock of 5 is used up or reserved",
        one(on_action={"stock": 5}),
        used_up={"a": "stock"},
    ),
    Case(
        "sold-out",
        "OUT_OF_STOCK",
        "matching products are out of stock (tools)",
        one(
            {"recommend": {"action": "a", "products": {"category": "tools", "count": 1}}},
            catalogue=SAWS.format(stock=0),
        ),
    ),
    Case(
        "no-product",
        "NO_PRODUCT",
        "no product matches (stabilising)",
        one(
            {"recommend": {"action": "a", "products": {"role": "stabilising", "count": 1}}},
            catalogue=SAWS.format(stock=9),
        ),
    ),
    Case("no-treatment", "NO_TREATMENT", "it has no treatment for this placement (outbound)", one(), trigger=SEND),
    Case(
        "no-link",
        "NO_REACHABLE_CHANNEL",
        "the customer is not reachable by email: no channel address of type email",
        one(on_action=MAIL),
        trigger=SEND,
    ),
    Case(
        "no-consent",
        "NO_CONSENT",
        "the customer has not consented to marketing by email",
        one(on_action=MAIL),
        who(*reachable("email"), consent("email", granted=False, at=NOW - DAY)),
        SEND,
    ),
    Case(
        "cap",
        "FREQUENCY_CAP",
        "the customer has had 1 of at most 1 contacts of the group group-of-a by web within 7 days",
        one(contact_policy=CAP),
        contacted("a", 3),
    ),
    Case(
        "cap-calendar",
        "FREQUENCY_CAP",
        "the customer has had 1 of at most 1 contacts in 2026-W10 (Europe/Berlin)",
        one(contact_policy=WEEKLY),
        contacted("a", 0.1),
    ),
    Case(
        "cap-no-zone",
        "FREQUENCY_CAP",
        "the limit of contacts per day is 1, in the customer's time zone, which is unknown",
        one(contact_policy=DAILY),
    ),
    Case(
        "always-quiet",
        "QUIET_HOURS",
        "email has quiet hours at all times",
        one(on_action=MAIL, contact_policy=ALWAYS + BERLIN),
        LETTERS,
        SEND,
    ),
    Case(
        "quiet-no-zone",
        "QUIET_HOURS",
        "email has quiet hours in the customer's time zone, which is unknown",
        one(on_action=MAIL, contact_policy=DROP),
        LETTERS,
        SEND,
    ),
    Case(
        "quiet",
        "QUIET_HOURS",
        "email has quiet hours until Monday 2 March 2026, 12:00 (Europe/Berlin)",
        one(on_action=MAIL, contact_policy=DROP + BERLIN),
        LETTERS,
        SEND,
    ),
    Case(
        "quiet-too-long",
        "QUIET_HOURS",
        "email has quiet hours until Monday 2 March 2026, 12:00 (Europe/Berlin), "
        "and the recommendation expires before that",
        one(on_action={**MAIL, "expires": "1 hour"}, contact_policy=HOLD + BERLIN),
        LETTERS,
        SEND,
    ),
    Case(
        "no-text",
        "NO_TEXT",
        "no text for web has a value for each of its placeholders",
        one(on_action={"treatments": [on("web", texts={"en": {"title": "{customer.first_name}"}})]}),
    ),
    Case(
        "outranked",
        "OUTRANKED",
        "its score is 1.00, and b has 2.00",
        made([action("a"), action("b", value="20 EUR")], [rule("r", "a"), rule("r-b", "b")]),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_is_shown_with_its_numbers(case: Case) -> None:
    (dropped,) = (one for one in case.explained().dropped if one.rule == "r")
    assert dropped.refusal.reason == case.reason
    assert f"  a (rule r): {case.told}." in tell(case.explained())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_is_shown_in_chinese(case: Case) -> None:
    (line,) = (line for line in tell(case.explained(), "zh-Hans") if line.startswith("  a（规则 r）："))
    assert line.endswith("。")
    assert "{" not in line


@pytest.mark.parametrize(("params", "told"), FORMS)
def test_every_form_of_a_refusal_has_a_sentence(params: Params, told: str) -> None:
    assert sentence(refused(params), speaker()) == f"{told}."


@pytest.mark.parametrize("params", [params for params, _ in FORMS])
def test_every_form_of_a_refusal_has_a_chinese_sentence(params: Params) -> None:
    told = sentence(refused(params), speaker("zh-Hans"))
    assert told.endswith("。")
    assert "{" not in told


def test_every_reason_of_a_candidate_is_among_these_forms() -> None:
    assert {params.reason for params, _ in FORMS} == set(STAGE_OF)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_record_of_before_kept_is_shown_as_it_is_after_the_reason(language: str) -> None:
    case = CASES[0]
    context = situated(case.compiled, Snapshot(), case.profile, case.trigger, NOW)
    decided = decide_on(Snapshot(), context)
    kept = Refusal(Reason.COOLDOWN, legacy_text="a: 3 of 2 in {days} days")
    told = explain(replace(decided, rejected=(replace(decided.rejected[0], refusal=kept),)), case.compiled)
    reason = catalogue(language).text("reason.COOLDOWN")
    assert any(
        f"{reason}{sign}a: 3 of 2 in {{days}} days" in line for sign in (" (", "（") for line in tell(told, language)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_of_which_nothing_else_was_kept_shows_its_reason(language: str) -> None:
    for reason in STAGE_OF:
        assert sentence(Refusal(reason), speaker(language)) == catalogue(language).text(f"reason.{reason}")


def test_when_to_retry_is_shown_in_the_zone_of_the_shop_and_in_days() -> None:
    case = next(case for case in CASES if case.name == "cooldown")
    assert case.explained().dropped[0].retry_after == at("2026-03-12T10:00:00+01:00")
    said = "    retry after Thursday 12 March 2026, 10:00 (Europe/Berlin) (in 10 days)"
    assert said in tell(case.explained())
    assert "    2026 年 3 月 12 日（星期四）10:00（Europe/Berlin）（10 天后）起可重试" in tell(
        case.explained(), "zh-Hans"
    )
