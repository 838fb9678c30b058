"""A test or a persona takes over from another what it does not say itself, and changes single facts of it."""

from textwrap import dedent, indent

import pytest

from authoring.rule_tests import RuleTest, read_tests
from authoring.rule_tests.running import run_test
from authoring.rule_tests.variants import MOST_CASES
from engine.rulebook.findings import Finding, render
from tests.support.rule_tests import AT, small

BASE = f"""\
personas:
  mei: {{channel_addresses: [email], consents: [email], traits: {{language: en}}, given: {{customer.orders: 1}}}}
tests:
  - test: Base
    at: {AT}
    given: {{customer.orders: 2, customer.days_since_last_order: 30}}
    placements: [home.banner]
    expect: {{first: call}}
"""


def read(more: str) -> tuple[dict[str, RuleTest], list[Finding]]:
    """The tests by name, and what is wrong; `more`: tests behind the base."""
    tests, findings = read_tests({"tests/a.yaml": (BASE + indent(dedent(more), "  ")).encode()}, small().rulebook)
    return {test.name: test for test in tests}, findings


def fine(more: str) -> dict[str, RuleTest]:
    tests, findings = read(more)
    assert not findings, render(findings)
    return tests


def passed(more: str) -> dict[str, bool]:
    return {name: run_test(test, small()).passed for name, test in fine(more).items()}


def codes(more: str) -> list[tuple[str, str]]:
    """Code and place of each finding."""
    return [(finding.code, str(finding.place)) for finding in read(more)[1]]


# ---- use and change ----


def test_a_test_that_uses_another_changes_single_facts_of_it() -> None:
    more = """\
      - {test: A day earlier, use: Base, change: {customer.days_since_last_order: 29}, expect: {first: show}}
    """
    assert passed(more) == {"Base": True, "A day earlier": True}
    assert fine(more)["A day earlier"].given == {"customer.orders": 2, "customer.days_since_last_order": 29}


def test_what_a_test_says_itself_stands_in_place_of_what_it_uses() -> None:
    other = fine("  - {test: Other, use: Base, given: {customer.orders: 7}, language: en}\n")["Other"]
    assert (other.given, other.language, other.expect.first) == ({"customer.orders": 7}, "en", "call")


def test_a_changed_fact_may_become_unknown() -> None:
    other = fine("  - {test: Other, use: Base, change: {customer.first_name: unknown}}\n")["Other"]
    assert other.given["customer.first_name"] is None


def test_use_goes_through_several_tests_in_whatever_order_they_stand() -> None:
    tests = fine(
        """\
          - {test: C, use: B, change: {customer.orders: 4}}
          - {test: B, use: Base, change: {customer.days_since_last_order: 40}}
        """
    )
    assert tests["C"].given == {"customer.orders": 4, "customer.days_since_last_order": 40}


def test_a_test_is_where_it_is_written_and_not_where_what_it_uses_is() -> None:
    assert str(fine("  - {test: Other, use: Base}\n")["Other"].place) == "tests/a.yaml:9:5"


def test_a_scenario_can_use_a_scenario() -> None:
    tests = fine(
        f"""\
          - test: Scenario
            persona: mary
            at: {AT}
            steps: [{{after: 1 day, expect: {{first: none}}}}]
          - {{test: Anonymous, use: Scenario, anonymous: yes}}
        """.replace("persona: mary", "history: []")
    )
    assert (len(tests["Anonymous"].steps), tests["Anonymous"].anonymous) == (1, True)


# ---- personas ----


def test_what_is_given_of_a_persona_stands_in_its_tests_as_far_as_they_do_not_say_otherwise() -> None:
    tests = fine(
        f"""\
          - {{test: As it is, persona: mei, at: {AT}, expect: {{first: none}}}}
          - {{test: Otherwise, persona: mei, given: {{customer.orders: 3}}, at: {AT}, expect: {{first: none}}}}
        """
    )
    assert [tests[name].given["customer.orders"] for name in ("As it is", "Otherwise")] == [1, 3]


def test_a_persona_uses_another_with_facts_changed() -> None:
    text = BASE.replace(
        "tests:\n", "  sam: {use: mei, consents: [], change: {customer.days_since_last_order: 9}}\ntests:\n"
    )
    text += f"  - {{test: Sam, persona: sam, at: {AT}, expect: {{first: none}}}}\n"
    tests, findings = read_tests({"tests/a.yaml": text.encode()}, small().rulebook)
    assert not findings, render(findings)
    sam = tests[-1]
    assert (sam.persona.channel_addresses, sam.persona.consents) == (("email",), ())
    assert sam.given == {"customer.orders": 1, "customer.days_since_last_order": 9}


# ---- cases ----

BOUNDARY = f"""\
  - test: Thirty days are too long
    at: {AT}
    given: {{customer.orders: 2}}
    placements: [home.banner]
    cases:
      - {{change: {{customer.days_since_last_order: 29}}, expect: {{first: show}}}}
      - {{change: {{customer.days_since_last_order: 30}}, expect: {{first: call}}}}
      - {{case: by hand, given: {{customer.churn_risk: high}}, expect: {{first: call}}}}
"""


def test_a_boundary_is_written_once() -> None:
    assert passed(BOUNDARY) == {
        "Base": True,
        "Thirty days are too long: customer.days_since_last_order 29": True,
        "Thirty days are too long: customer.days_since_last_order 30": True,
        "Thirty days are too long: by hand": True,
    }


def test_a_case_stands_at_its_own_place() -> None:
    places = [str(test.place) for test in fine(BOUNDARY).values()]
    assert places[1:] == ["tests/a.yaml:14:9", "tests/a.yaml:15:9", "tests/a.yaml:16:9"]


def test_cases_that_expect_nothing_themselves_expect_what_their_test_does() -> None:
    tests = fine(f"  - {{test: T, at: {AT}, expect: {{first: none}}, cases: [{{}}, {{language: en}}]}}\n")
    assert {name: test.expect.first for name, test in tests.items() if name != "Base"} == {
        "T: case 1": "none",
        "T: case 2": "none",
    }


def test_a_test_with_cases_can_be_used_without_them() -> None:
    more = BOUNDARY + "  - {test: Once, use: Thirty days are too long, expect: {first: call}}\n"
    assert passed(more)["Once"]


def test_a_case_changes_what_its_test_changed() -> None:
    more = """\
      - test: T
        use: Base
        change: {customer.orders: 5}
        cases: [{change: {customer.days_since_last_order: 31}}]
    """
    assert fine(more)["T: customer.days_since_last_order 31"].given == {
        "customer.orders": 5,
        "customer.days_since_last_order": 31,
    }


# ---- what is wrong ----

WRONG = {
    "a test that is not there": ("{test: T, use: «Basis}", "unknown-test"),
    "a fact that is not there": ("{test: T, use: Base, change: {«customer.order: 1}}", "unknown-fact"),
    "a value that does not fit": ("{test: T, use: Base, change: {customer.orders: «many}}", "bad-value"),
    "facts that are no mapping": ("{test: T, use: Base, change: «[customer.orders]}", "wrong-type"),
    "a name that is no text": ("{test: T, use: «3}", "wrong-type"),
    "itself": ("{test: T, use: «T}", "use-cycle"),
    "cases without a case": ("{test: T, use: Base, cases: «[]}", "empty-list"),
    "cases that are no list": ("{test: T, use: Base, cases: «{}}", "wrong-type"),
    "a case that is no mapping": ("{test: T, use: Base, cases: [«x]}", "wrong-type"),
    "a case that uses a test": ("{test: T, use: Base, cases: [{«use: Base}]}", "unknown-key"),
    "a case with an unknown key": ("{test: T, use: Base, cases: [{«chagne: {}}]}", "unknown-key"),
    "two cases of one name": ("{test: T, use: Base, cases: [{case: a}, «{case: a}]}", "duplicate-id"),
    "a name that is there already": ("{test: «Base, use: Base}", "duplicate-id"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_at_its_place(what: str) -> None:
    marked, code = WRONG[what]
    line = f"  - {marked}"
    found = codes(line.replace("«", "") + "\n")
    assert (code, f"tests/a.yaml:9:{line.index('«') + 1}") in found
    assert {place.split(":")[1] for _, place in found} == {"9"}


def test_tests_that_use_one_another_in_a_circle_are_said() -> None:
    found = codes("  - {test: A, use: B}\n  - {test: B, use: A}\n")
    assert [one for one in found if one[0] == "use-cycle"] == [
        ("use-cycle", "tests/a.yaml:9:20"),
        ("use-cycle", "tests/a.yaml:10:20"),
    ]


def test_a_long_chain_of_tests_that_use_one_another_is_refused() -> None:
    chain = "".join(f"  - {{test: T{n}, use: {f'T{n - 1}' if n else 'Base'}}}\n" for n in range(12))
    assert {code for code, _ in codes(chain)} == {"use-cycle"}


def test_a_persona_that_uses_itself_is_said() -> None:
    text = BASE.replace("mei: {", "mei: {use: mei, ").encode()
    assert [finding.code for finding in read_tests({"tests/a.yaml": text}, small().rulebook)[1]] == ["use-cycle"]


def test_a_scenario_has_no_given_persona() -> None:
    more = f"  - {{test: S, persona: mei, at: {AT}, steps: [{{after: 1 day, expect: {{first: none}}}}]}}\n"
    assert codes(more) == [("scenario-facts", "tests/a.yaml:9:24")]


def test_more_cases_than_are_run_are_refused() -> None:
    cases = ", ".join("{}" for _ in range(MOST_CASES + 1))
    assert ("tests-too-large", "tests/a.yaml:9:33") in codes(f"  - {{test: T, use: Base, cases: [{cases}]}}\n")


def test_a_small_file_that_comes_to_a_huge_one_is_refused() -> None:
    visits = "\n".join("      - {type: visited, time: -2 days, properties: {surface: web}}" for _ in range(5_000))
    big = f"  - test: Big\n    at: {AT}\n    expect: {{first: none}}\n    history:\n{visits}\n"
    users = "".join(f"  - {{test: T{n}, use: Big}}\n" for n in range(5_000))
    assert "tests-too-large" in {code for code, _ in codes(big + users)}  # without the bound it would take hours
