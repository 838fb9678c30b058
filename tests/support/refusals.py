"""A refusal of every form: parameters as a decision fills them in, with what an English sentence says of them."""

from typing import Final

from engine.domain import refusal as of
from engine.domain.money import Currency
from engine.domain.refusal import Money, Params, Span, Time
from engine.domain.times import DAY, HOUR
from explain.speaker import Setting, Speaker
from tests.support.books import NOW

SOON: Final = Time(NOW + 2 * HOUR)
MONTH: Final = Span(30 * DAY)
SETTING: Final = Setting(Currency("EUR", 2), "Europe/Berlin", {}, NOW)

FORMS: Final[tuple[tuple[Params, str], ...]] = (
    (of.NotLive("test"), "the status of its rule is test: it is decided and logged, and never shown"),
    (of.ActionRemoved(), "the rulebook no longer has its action or its channel"),
    (of.OutOfDates(valid_from=SOON), "its rule begins only on Monday 2 March 2026, 12:00 (Europe/Berlin)"),
    (of.OutOfDates(valid_until=SOON), "its rule ended on Monday 2 March 2026, 12:00 (Europe/Berlin)"),
    (of.Paused("action", "a"), "action a is paused"),
    (
        of.Paused("everything", until=SOON, why="wrong prices"),
        "everything is paused until Monday 2 March 2026, 12:00 (Europe/Berlin) (wrong prices)",
    ),
    (
        of.NotInRollout("rule", "r", 0.25),
        "rule r is rolled out to 25 % of customers, and this one is not among them",
    ),
    (of.OnceAlready("year"), "it comes once per year, and this year has had it"),
    (of.AlreadyPending("email"), "it already waits for the customer (email), and is not said twice"),
    (of.ForbiddenByRule("calm", "After a complaint"), "rule calm forbids it (After a complaint)"),
    (
        of.Suppressed("group", "g", 4, 3, ("ignore", "reject"), MONTH, Span(90 * DAY)),
        "the customer ignored or rejected group g 4 times within 30 days; 3 are enough, "
        "and it keeps silent for 90 days",
    ),
    (
        of.Cooldown("group", "g", Span(14 * DAY), last=Time(NOW)),
        "the last contact with group g was on Monday 2 March 2026, 10:00 (Europe/Berlin), and the cooldown is 14 days",
    ),
    (
        of.Cooldown("group", "g", Span(14 * DAY), pending="b"),
        "b, of the same group g, waits to be seen, and the cooldown of the group is 14 days",
    ),
    (of.LimitReached(2, 2, MONTH), "the customer has had it 2 of at most 2 times within 30 days"),
    (of.TotalExhausted(500, "month"), "all 500 that may be given this month are given or held"),
    (of.StockExhausted(5), "all 5 that there are have been given or are held"),
    (of.BudgetExhausted(Money(10_000)), "the budget of 100.00 EUR in all is given out or held"),
    (of.NoProduct("kitchen"), "no product fits (kitchen)"),
    (of.OutOfStock(), "what would fit is not in stock (any product)"),
    (of.Duplicate("q"), "rule q recommends the same action, and came first"),
    (of.PendingElsewhere("home.side"), "it already waits for the customer (home.side), and is not said twice"),
    (of.TooManyPending(16), "16 recommendations already wait to be seen by this customer"),
    (of.NoTreatment("home.side"), "it has no form for this place (home.side)"),
    (of.NoReachableChannel("email", "email"), "the customer cannot be reached by email: there is no email link"),
    (of.NoConsent("email", "marketing"), "the customer has not agreed to marketing by email"),
    (
        of.FrequencyCap(2, 3, MONTH, None, None, None, ("a", "b"), ("g",), ("loud",), ("email", "web")),
        "the customer has had 3 of at most 2 contacts with a, b of the group g tagged loud by email, web "
        "within 30 days",
    ),
    (
        of.FrequencyCap(1, 1, period="week", in_period="2026-W10", zone="Europe/Berlin"),
        "the customer has had 1 of at most 1 contacts in 2026-W10 (Europe/Berlin)",
    ),
    (
        of.FrequencyCap(1, period="day"),
        "the limit of contacts a day is 1, by the customer's clock, and nobody knows the customer's time zone",
    ),
    (
        of.QuietHours("email", "Europe/Berlin", SOON),
        "it is a quiet hour for email until Monday 2 March 2026, 12:00 (Europe/Berlin)",
    ),
    (
        of.QuietHours("email", "Europe/Berlin", SOON, expires=True),
        "it is a quiet hour for email until Monday 2 March 2026, 12:00 (Europe/Berlin), and by then it has expired",
    ),
    (
        of.QuietHours("email"),
        "email has quiet hours by the customer's clock, and nobody knows the customer's time zone",
    ),
    (of.QuietHours("email", "Europe/Berlin"), "email is quiet at all times"),
    (of.NoText("web"), "no text for web could be filled in"),
    (of.Outranked(1.5, 2), "its score is 1.50, and 2 with a better score came first"),
    (of.Outranked(0.0, 0), "its score is 0.00, and there is no room for more"),
    (
        of.GroupAlreadyChosen("g", Span(14 * DAY)),
        "another action of the group g is chosen here, and the cooldown of the group is 14 days",
    ),
)
"""Each form of the parameters of each reason, with the sentence for it (without its full stop)."""


def speaker(language: str = "en") -> Speaker:
    """Renders for a shop in Berlin, at `NOW`."""
    return Speaker(language, SETTING)
