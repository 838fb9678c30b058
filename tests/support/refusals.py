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
    (of.NotLive("shadow"), "its rule has the status shadow: it is evaluated and recorded, never shown"),
    (of.ActionRemoved(), "its action or channel is no longer in the rulebook"),
    (of.OutOfDates(valid_from=SOON), "its rule is valid only from Monday 2 March 2026, 12:00 (Europe/Berlin)"),
    (of.OutOfDates(valid_until=SOON), "its rule was valid until Monday 2 March 2026, 12:00 (Europe/Berlin)"),
    (of.Paused("action", "a"), "action a is paused"),
    (
        of.Paused("everything", until=SOON, why="wrong prices"),
        "everything is paused until Monday 2 March 2026, 12:00 (Europe/Berlin) (wrong prices)",
    ),
    (
        of.NotInRollout("rule", "r", 0.25),
        "rule r is rolled out to 25 % of customers, and this customer is not one of them",
    ),
    (of.OnceAlready("year"), "it is recommended once per year, and already was for this year"),
    (of.AlreadyPending("email"), "it is already pending for the customer (email)"),
    (of.ForbiddenByRule("calm", "After a complaint"), "rule calm forbids it (After a complaint)"),
    (
        of.Suppressed("group", "g", 4, 3, ("ignore", "reject"), MONTH, Span(90 * DAY)),
        "the customer ignored or rejected group g 4 times within 30 days; after 3 it is suppressed for 90 days",
    ),
    (
        of.Cooldown("group", "g", Span(14 * DAY), last=Time(NOW)),
        "the last contact with group g was on Monday 2 March 2026, 10:00 (Europe/Berlin), and the cooldown is 14 days",
    ),
    (
        of.Cooldown("group", "g", Span(14 * DAY), pending="b"),
        "b, of the same group g, is pending, and the cooldown of the group is 14 days",
    ),
    (of.LimitReached(2, 2, MONTH), "the customer has had it 2 of at most 2 times within 30 days"),
    (of.TotalExhausted(500, "month"), "the quota of 500 this month is used up or reserved"),
    (of.StockExhausted(5), "the stock of 5 is used up or reserved"),
    (of.BudgetExhausted(Money(123_450)), "the budget of 1,234.50 EUR in total is used up or reserved"),
    (of.NoProduct("kitchen"), "no product matches (kitchen)"),
    (of.OutOfStock(), "matching products are out of stock (any product)"),
    (of.Duplicate("q"), "rule q recommends the same action and takes precedence"),
    (of.PendingElsewhere("home.side"), "it is already pending for the customer (home.side)"),
    (of.TooManyPending(16), "16 recommendations are already pending for this customer"),
    (of.NoTreatment("home.side"), "it has no treatment for this placement (home.side)"),
    (
        of.NoReachableChannel("email", "email"),
        "the customer is not reachable by email: no channel address of type email",
    ),
    (of.NoConsent("email", "marketing"), "the customer has not consented to marketing by email"),
    (
        of.ConsentUnclear(),
        "the customer withdrew a consent in words that the rulebook does not know; a later consent event with a known "
        "channel and purpose makes it clear",
    ),
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
        "the limit of contacts per day is 1, in the customer's time zone, which is unknown",
    ),
    (
        of.QuietHours("email", "Europe/Berlin", SOON),
        "email has quiet hours until Monday 2 March 2026, 12:00 (Europe/Berlin)",
    ),
    (
        of.QuietHours("email", "Europe/Berlin", SOON, expires=True),
        "email has quiet hours until Monday 2 March 2026, 12:00 (Europe/Berlin), "
        "and the recommendation expires before that",
    ),
    (
        of.QuietHours("email"),
        "email has quiet hours in the customer's time zone, which is unknown",
    ),
    (of.QuietHours("email", "Europe/Berlin"), "email has quiet hours at all times"),
    (of.NoText("web"), "no text for web has a value for each of its placeholders"),
    (
        of.KeptByPending(1.5, "early-look", Time(SOON)),
        "early-look is pending in this placement until Monday 2 March 2026, 12:00 (Europe/Berlin), "
        "and a score of 1.50 is not enough to take its place",
    ),
    (of.Outranked(1.5, 2), "its score is 1.50, and 2 ranked higher"),
    (of.Outranked(0.0, 0), "its score is 0.00, and there is no slot left"),
    (
        of.GroupAlreadyChosen("g", Span(14 * DAY)),
        "another action of the group g was chosen here, and the cooldown of the group is 14 days",
    ),
)
"""Each form of the parameters of each reason, with the sentence for it (without its full stop)."""


def speaker(language: str = "en") -> Speaker:
    """Renders for a shop in Berlin, at `NOW`."""
    return Speaker(language, SETTING)
