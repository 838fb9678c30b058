"""What counters take of a profile: added up by the loader, and true of a profile that counts every day."""

from authoring.checking import check_texts
from engine.domain.facts import Counter
from engine.domain.profile import Profile, apply, encode
from engine.domain.profile.codec import FORMAT
from engine.domain.profile.counters import plan
from engine.domain.times import DAY
from engine.rulebook.findings import Severity
from engine.rulebook.read.vocabulary import LARGE, counter_bytes
from tests.support.books import DAYS, days_ago, event, shipped
from tests.support.small_book import BOOK

VISITS = {f"customer.visits_{days}d": Counter("v", "visited", days * DAY) for days in (7, 90, 91, 365, 800)}


def stored(counters: dict[str, Counter]) -> int:
    """Bytes of a profile that has been counting visits every day for years."""
    profile = Profile("c/mei")
    for day in range(900, -1, -1):
        profile = apply(profile, event(f"v{day}", "visited", days_ago(day), {"surface": "web"}), plan(counters), DAYS)
    return len(encode(profile, FORMAT))


def test_a_profile_takes_about_the_bytes_that_are_added_up() -> None:
    taken = stored(VISITS) - stored({})
    assert 0.7 * counter_bytes(VISITS) <= taken <= counter_bytes(VISITS)


def test_a_day_costs_a_bucket_up_to_ninety_days_and_four_weeks_beyond() -> None:
    sizes = {name: counter_bytes({name: counter}) for name, counter in VISITS.items()}
    assert list(sizes.values()) == [90, 920, 60, 160, 310]


def test_two_names_for_one_meaning_are_stored_once() -> None:
    twice = {name: Counter(name, "visited", 7 * DAY) for name in ("customer.a", "customer.b")}
    assert counter_bytes(twice) == counter_bytes({"customer.a": twice["customer.a"]})


def test_counters_that_may_take_far_more_than_a_profile_are_a_warning() -> None:
    lines = [
        f"  customer.visits_{days}d: {{count: visited, within: {days} days, example: 2, sentence: Visits}}\n"
        for days in range(80, 91)
    ]
    rulebook, findings = check_texts({**BOOK, "vocabulary.yaml": BOOK["vocabulary.yaml"] + "".join(lines)})
    assert rulebook is not None
    assert counter_bytes(rulebook.counters) > LARGE
    assert [(f.code, f.severity, str(f.place)) for f in findings] == [
        ("counters-large", Severity.WARNING, "vocabulary.yaml:13:3")
    ]


def test_the_counters_of_the_shipped_rulebook_are_not_large() -> None:
    assert counter_bytes(shipped().rulebook.counters) <= LARGE
