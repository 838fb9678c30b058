"""Whatever a rule file looks like: formatted it says the same, keeps its comments, and is formatted once for all."""

import re
from collections.abc import Iterable
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.formatting import formatted
from authoring.formatting.passes import ACTION_ORDER, LISTS, TEST_ORDER
from engine.rulebook.findings import Report
from engine.rulebook.loader import revision_of
from engine.rulebook.read.conditions import OPERATORS
from engine.rulebook.read.words import OPERATOR_SYNONYMS
from engine.rulebook.source import plain, read_yaml
from tests.support.every_key import EVERYTHING

WORDS = ["a", "b-c", "yes", "12", '"x: y"', "'it''s'", "[1, 2]", "{a: 1, b: [c]}", "60 EUR", '"#no"', "~"]
TEXTS = ["|\n{0}x  \n{0}  y\n\n{0}z", ">-\n{0}a\n{0}b", '"one\n{0}two"', "[1,\n{0}2]  # in it", "one\n{0}two"]
COMMENTS = ["# c", "#", "# - id: x", "#:x: [", "# über 漢"]
OPERATOR = [*sorted(OPERATORS), *(f'"{word}"' for word in sorted(OPERATOR_SYNONYMS))]


class Writer:
    """Writes YAML in an untidy hand."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = []
        self.comments = 0

    def comment(self, indent: int) -> None:
        while self.random.randint(0, 9) == 0:
            if self.random.random() < 0.5:
                self.lines.append(" " * (indent + self.random.randint(0, 3)) + self._comment())
            else:
                self.lines.append(" " * self.random.randint(0, 4))

    def _comment(self) -> str:
        self.comments += 1
        return f"{self.random.choice(COMMENTS)} <{self.comments}>"

    def end(self) -> str:
        trailing = " " * self.random.randint(0, 2)
        return f"  {self._comment()}{trailing}" if self.random.randint(0, 9) == 0 else trailing

    def keys(self, names: Iterable[str], indent: int, first: str = "", depth: int = 0) -> None:
        """A block mapping; `first`: what stands before its first key."""
        for number, name in enumerate(names):
            if number or not first:
                self.comment(indent)
            head = first if number == 0 and first else " " * indent
            self.value(f"{head}{name}:", name, indent, depth)

    def value(self, head: str, name: str, indent: int, depth: int) -> None:
        kind = self.random.randint(0, 9)
        deeper = indent + self.random.randint(1, 4)
        if name in ("when", "facts") or (kind == 0 and depth < 3):
            self.lines.append(head + self.end())
            operators = f"{{{self.random.choice(OPERATOR)}: 2}}"
            self.lines.append(f"{' ' * deeper}customer.orders: {operators}{self.end()}")
            self.keys(["all", "b", "c"][: self.random.randint(0, 3)], deeper, depth=depth + 1)
        elif kind == 1 and depth < 3:
            self.lines.append(head + self.end())
            self.items(indent + self.random.randint(0, 3), depth + 1)
        elif kind == 2:
            text = self.random.choice(TEXTS).format(" " * deeper)
            self.lines += f"{head} {text}".split("\n")
        else:
            self.lines.append(f"{head} {self.random.choice(WORDS)}{self.end()}")

    def items(self, indent: int, depth: int, names: Iterable[str] = ("a", "b", "c")) -> None:
        for _ in range(self.random.randint(1, 3)):
            self.comment(indent)
            gap = self.random.randint(1, 4)
            dash = " " * indent + "-"
            kind = self.random.randint(0, 4) if depth else 0
            if kind <= 1:
                some = self.random.sample(list(names), self.random.randint(1, min(6, len(list(names)))))
                self.keys(some, indent + 1 + gap, dash + " " * gap, depth + 1)
            elif kind == 2 and depth < 4:
                self.lines.append(dash + self.end())
                self.keys(["x", "y"], indent + gap, depth=depth + 1)
            else:
                self.lines.append(f"{dash}{' ' * gap}{self.random.choice(WORDS)}{self.end()}")


def untidy(random: Random) -> str:
    writer = Writer(random)
    for name in random.sample([*LISTS, "other"], random.randint(1, 2)):
        writer.comment(0)
        writer.lines.append(f"{name}:{writer.end()}")
        writer.items(random.randint(0, 3), 0, LISTS.get(name, ("a", "b", "when")))
    writer.comment(0)
    return "\n".join(writer.lines) + random.choice(["", "\n", "\n\n\n"])


@st.composite
def shuffled(draw: st.DrawFn) -> str:
    """A file of a rulebook with comments and blanks in between, and the keys of one mapping of another order."""
    lines = draw(st.sampled_from(sorted(EVERYTHING.values()))).split("\n")
    for _ in range(draw(st.integers(0, 6))):
        number = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            lines.insert(number, " " * draw(st.integers(0, 9)) + "# comment")
        elif kind == 1:
            lines.insert(number, "")
        elif kind == 2:
            lines[number] += "   "
        elif kind == 3 and number:
            lines[number - 1 : number + 1] = [lines[number], lines[number - 1]]
        else:
            lines[number] = lines[number].replace("at_least", '">="')
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


def said(text: str) -> Any:
    """What a text says, None when it cannot be read."""
    report = Report()
    node = read_yaml("x.yaml", text, report)
    return None if report.findings or node is None else plain(node)


def spelled(value: Any) -> Any:
    """With the operators of conditions as they are meant, whatever else is so called."""
    if isinstance(value, dict):
        return {_meant(key, inner): spelled(inner) for key, inner in value.items()}
    return [spelled(item) for item in value] if isinstance(value, list) else value


def _meant(key: str, value: Any) -> str:
    meant = OPERATOR_SYNONYMS.get(key, key)
    return "none_of" if meant == "is_not" and isinstance(value, list) else meant


def comments(text: str) -> list[str]:
    return sorted(found.strip() for found in re.findall(r"(?:^|\s)(#[^\n]*<[0-9]+>|# comment)", text))


def check(text: str) -> None:
    before = said(text)
    done = formatted("x.yaml", text.encode())
    if before is None:
        assert done.text is None or said(done.text) is not None
        return
    assert done.text is not None
    assert spelled(said(done.text)) == spelled(before)
    assert comments(done.text) == comments(text)
    assert formatted("x.yaml", done.text.encode()).text == done.text
    if before == said(done.text):
        nodes = [read_yaml("x.yaml", one, Report()) for one in (text, done.text)]
        first, second = (revision_of({"x.yaml": node}) for node in nodes if node is not None)
        assert first == second


@settings(deadline=None)
@given(st.randoms(use_true_random=True))
def test_an_untidy_file_says_the_same_when_it_is_formatted(random: Random) -> None:
    check(untidy(random))


@settings(deadline=None)
@given(shuffled())
def test_a_changed_file_of_a_rulebook_says_the_same_when_it_is_formatted(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(st.permutations(ACTION_ORDER), st.permutations(TEST_ORDER))
def test_keys_in_any_order_come_into_the_one(actions: list[str], tests: list[str]) -> None:
    for name, keys, order in (("actions", actions, ACTION_ORDER), ("tests", tests, TEST_ORDER)):
        written = f"{name}:\n  - " + "\n    ".join(f"{key}: {number}" for number, key in enumerate(keys)) + "\n"
        done = formatted("x.yaml", written.encode()).text
        assert done is not None
        assert re.findall(r"([a-z_]+): [0-9]", done) == list(order)


@settings(deadline=None)
@given(st.text() | st.binary())
def test_no_text_breaks_it(data: str | bytes) -> None:
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    done = formatted("x.yaml", raw)
    assert (done.text is None) == bool(done.findings)
