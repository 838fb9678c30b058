"""`formatted` moves lines and corrects spellings; what a file says, and its comments, stay."""

import pytest

from authoring.formatting import formatted
from authoring.formatting.passes import ACTION_ORDER, TEST_ORDER
from authoring.rule_tests.read import OF_SCENARIOS, OPTIONAL, REQUIRED, SCENARIO
from engine.rulebook.read import actions
from engine.rulebook.read.words import LIST_SYNONYMS, OPERATOR_SYNONYMS
from tests.support.books import RULES
from tests.support.small_book import BOOK

RULE = """\
rules:
  - id: a
    title: A
    serves: [S4]
    status: draft
    owner: crm
    trigger: [requested]
    when:
      customer.orders: {at_least: 2}
    recommend:
      action: x
"""


def after(text: str | bytes) -> str:
    done = formatted("x.yaml", text if isinstance(text, bytes) else text.encode())
    assert done.text is not None, done.findings
    return done.text


@pytest.mark.parametrize("path", sorted(RULES.rglob("*.yaml")), ids=lambda path: path.relative_to(RULES).as_posix())
def test_a_shipped_file_comes_out_byte_for_byte(path: object) -> None:
    data = path.read_bytes()  # type: ignore[attr-defined]
    assert after(data).encode() == data


@pytest.mark.parametrize("name", BOOK)
def test_a_file_of_another_rulebook_keeps_what_it_says(name: str) -> None:
    once = after(BOOK[name])
    assert after(once) == once


def test_keys_of_a_rule_are_put_in_order_with_their_comments() -> None:
    mixed = """\
rules:
  - title: A          # the answer
    # never used again
    id: a
    when:
      customer.orders: {at_least: 2}
      # customer.spend: {at_least: 9 EUR}
    # why it is a draft
    # still
    status: draft
    serves: [S4]
    owner: crm
    recommend:
      action: x
    trigger: [requested]
"""
    assert (
        after(mixed)
        == """\
rules:
  # never used again
  - id: a
    title: A          # the answer
    serves: [S4]
    # why it is a draft
    # still
    status: draft
    owner: crm
    trigger: [requested]
    when:
      customer.orders: {at_least: 2}
      # customer.spend: {at_least: 9 EUR}
    recommend:
      action: x
"""
    )


def test_keys_in_braces_on_one_line_are_put_in_order() -> None:
    assert after("rules:\n  - {title: 'A, b', id: a, status: draft}   # c\n") == (
        "rules:\n  - {id: a, title: 'A, b', status: draft}   # c\n"
    )


def test_a_key_that_is_not_known_stays_behind_the_one_before_it() -> None:
    assert after("rules:\n  - titel: A\n    status: draft\n    reviewed: yes\n    id: a\n") == (
        "rules:\n  - titel: A\n    id: a\n    status: draft\n    reviewed: yes\n"
    )


def test_keys_of_actions_and_of_tests_have_an_order_too() -> None:
    assert after("actions:\n  - title: A\n    action: a\n") == "actions:\n  - action: a\n    title: A\n"
    assert after("title: A\naction: a\n") == "action: a\ntitle: A\n"
    assert (
        after("tests:\n  - expect: {first: none}\n    test: A\n") == "tests:\n  - test: A\n    expect: {first: none}\n"
    )


def test_the_orders_have_all_keys_that_are_read() -> None:
    assert set(ACTION_ORDER) == {*actions._REQUIRED, *actions._OPTIONAL}
    assert set(TEST_ORDER) == {*REQUIRED, *OPTIONAL, *SCENARIO, *OF_SCENARIOS}


@pytest.mark.parametrize(("word", "meant"), OPERATOR_SYNONYMS.items())
def test_an_operator_is_spelled_as_check_hints(word: str, meant: str) -> None:
    assert after(RULE.replace("at_least", f'"{word}"')) == RULE.replace("at_least", meant)


@pytest.mark.parametrize("word", LIST_SYNONYMS)
def test_a_list_stands_alone(word: str) -> None:
    assert after(RULE.replace("{at_least: 2}", f"{{{word}: [2, 3]}}  # c")) == RULE.replace(
        "{at_least: 2}", "[2, 3]  # c"
    )


def test_not_before_a_list_is_none_of() -> None:
    assert "customer.orders: {none_of: [2]}\n" in after(RULE.replace("{at_least: 2}", "{not: [2]}"))


def test_groups_of_conditions_are_spelled_too_at_any_depth() -> None:
    written = RULE.replace("customer.orders: {at_least: 2}", "or: [{not: [{customer.orders: {gte: 2}}]}]")
    assert after(written) == RULE.replace(
        "customer.orders: {at_least: 2}", "any: [{none: [{customer.orders: {at_least: 2}}]}]"
    )


def test_operators_of_segments_caps_and_expected_facts_are_spelled() -> None:
    assert after("segments:\n  a: {b.c: {gte: 1}}\n") == "segments:\n  a: {b.c: {at_least: 1}}\n"
    assert after("frequency_caps: [{when: {b.c: {lt: 1}}}]\n") == "frequency_caps: [{when: {b.c: {less_than: 1}}}]\n"
    assert (
        after("tests:\n  - expect: {facts: {b.c: {gt: 1}}}\n") == "tests:\n  - expect: {facts: {b.c: {more_than: 1}}}\n"
    )


@pytest.mark.parametrize("operators", ["{gte: 2, at_least: 3}", "{gte: 2, min: 3}", "{in: [2], gte: 2}", "{near: 2}"])
def test_what_could_mean_two_things_is_left_for_its_author(operators: str) -> None:
    text = RULE.replace("{at_least: 2}", operators)
    assert ("at_least: 2" in after(text)) == (operators.startswith("{in"))


def test_words_elsewhere_are_not_taken_for_operators() -> None:
    text = "actions:\n  - action: min\n    title: gte\n    limits: {gt: 1}\n"
    assert after(text) == text


def test_indentation_is_two_spaces_and_dashes_stand_deeper_than_their_key() -> None:
    wide = """\
rules:
-   id: a
    trigger:
    - asked
    # about what follows
    when:
        customer.orders:
            at_least: 2
        any:
        -   customer.tier: gold
            customer.orders: 3
        -
            segment: quiet
    title: >-
        a text
          of several
        lines
    serves: [S4,
             S5]
"""
    assert (
        after(wide)
        == """\
rules:
  - id: a
    title: >-
        a text
          of several
        lines
    serves: [S4,
             S5]
    trigger:
      - asked
    # about what follows
    when:
      customer.orders:
        at_least: 2
      any:
        - customer.tier: gold
          customer.orders: 3
        -
          segment: quiet
"""
    )


def test_rules_are_parted_by_an_empty_line_and_never_by_two() -> None:
    first, second, third = (f"  - id: {name}\n    title: {name}\n" for name in "abc")
    written = f"rules:\n{first}      # of a\n  # of b\n{second}\n\n\n{third}\n\n"
    assert after(written) == f"rules:\n{first}      # of a\n\n  # of b\n{second}\n{third}"


def test_items_of_one_line_may_stand_together() -> None:
    text = "products:\n  - {sku: A}\n  - {sku: B}\nrules:\n  - {id: a}\n  - {id: b}\n"
    assert after(text) == text


def test_blanks_at_the_ends_of_lines_go_but_not_those_of_a_text() -> None:
    assert after("a: 1  \nb: |\n  x  \n\n  \n\nc: 2   # d  \n") == "a: 1\nb: |\n  x  \n\nc: 2   # d\n"


def test_empty_lines_that_a_text_keeps_are_kept() -> None:
    text = "a: |+\n  x\n\n\nb: 1\n"
    assert after(text) == text


def test_line_ends_of_windows_and_a_byte_order_mark_go() -> None:
    assert after(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == "a: 1\nb: 2\n"


def test_tabs_that_are_only_layout_become_spaces() -> None:
    assert after("rules:\n\t-\tid: a\t# c\td\n\t\ttitle: A\n") == "rules:\n  - id: a # c d\n    title: A\n"


def test_a_tab_within_a_text_is_left_for_its_author() -> None:
    done = formatted("x.yaml", b'a: "b\tc"\n')
    assert (done.text, [finding.code for finding in done.findings]) == (None, ["yaml-tab"])


def test_tabs_beside_spaces_at_the_beginning_of_lines_are_left_for_their_author() -> None:
    assert formatted("x.yaml", b"a:\n  b: 1\n\tc: 2\n").text is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a: [1", "yaml-syntax"),
        (b"a: 1\na: 2\n", "yaml-duplicate-key"),
        (b"a: &b 1\n", "yaml-anchor"),
        (b"a: \xff\n", "not-utf-8"),
        (b"# nothing\n", "empty-file"),
        (b"a: " + b"x" * 1_000_001, "file-too-large"),
        (b"[" * 100_000, "yaml-too-deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_left_alone_with_the_reason(data: bytes, code: str) -> None:
    done = formatted("x.yaml", data)
    assert (done.text, done.findings[0].code) == (None, code)
