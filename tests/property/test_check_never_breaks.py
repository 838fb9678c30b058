"""Whatever is written into the files of a rulebook: check finds what is wrong, and never breaks."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.checking import check_texts
from authoring.formatting import formatted
from authoring.rule_tests import read_tests
from engine.rulebook.bundle import is_test
from engine.rulebook.findings import Finding, render
from tests.support.books import RULES
from tests.support.every_key import EVERYTHING
from tests.support.small_book import BOOK

SHIPPED = {
    path.relative_to(RULES).as_posix(): path.read_text(encoding="utf-8") for path in sorted(RULES.rglob("*.yaml"))
}
ODD = [
    *("\t", "\r", "\x00", "\x07", "\ufeff", "\u2028", "\u202e", "\u200f", "\U0001f600", "é", "漢", "\ud800", "\u200b"),
    *("- ", ": ", "{", "}", "[", "]", "'", '"', "|", ">", "&a ", "*a", "!!str ", "%", "#", ",", "?", "---\n", "...\n"),
    *("<<: ", "~", "null", "yes", "0x10", "1e999", "-.inf", ".nan", "9" * 400, "-0", "2026-02-30", "99999999 days"),
    *(
        "9" * 30 + " EUR",
        "{a: {b: {c: ",
        "[[[[",
        "not(",
        "[1..",
        "]0..1[",
        "{customer.first_name|",
        "per inactivity spell",
    ),
    *("\n", "S99"),
]
WORD = re.compile(r"[^\s:,{}\[\]]+")


def with_word(line: str, word: str, random: Random) -> str:
    """The line with one of its words replaced."""
    places = list(WORD.finditer(line))
    if not places:
        return line + word
    place = random.choice(places)
    return line[: place.start()] + word + line[place.end() :]


def mutated(random: Random, text: str) -> str:
    """A few lines, words and characters gone, doubled, swapped or replaced by odd ones."""
    for _ in range(random.randint(1, 4)):
        lines = text.split("\n")
        number = random.randrange(len(lines))
        kind = random.randrange(8)
        if kind == 0:
            del lines[number]
        elif kind == 1:
            lines.insert(random.randrange(len(lines) + 1), lines[number])
        elif kind == 2:
            lines[number] = " " * random.randrange(9) + lines[number].lstrip(" ")
        elif kind == 3:
            lines[number] = with_word(lines[number], random.choice(ODD), random)
        elif kind == 4:
            lines[number] = with_word(lines[number], random.choice(WORD.findall(text) or ["x"]), random)
        elif kind == 5:
            at = random.randrange(len(lines[number]) + 1)
            lines[number] = lines[number][:at] + random.choice(ODD) + lines[number][at:]
        elif kind == 6:
            at = random.randrange(len(lines[number]) + 1)
            lines[number] = lines[number][:at] + lines[number][at + random.randint(1, 5) :]
        else:
            other = random.randrange(len(lines))
            lines[number], lines[other] = lines[other], lines[number]
        text = "\n".join(lines)
    return text


def found(texts: dict[str, str]) -> list[Finding]:
    """All that is found in rules and tests."""
    book, findings = check_texts(texts)
    if book is not None:
        tests = {name: text.encode("utf-8", "surrogatepass") for name, text in texts.items() if is_test(name)}
        findings = [*findings, *read_tests(tests, book)[1]]
    return findings


def check(base: dict[str, str], name: str, random: Random) -> None:
    text = mutated(random, base[name])
    assert isinstance(render(found({**base, name: text})), str)
    done = formatted(name, text.encode("utf-8", "surrogatepass"))
    assert (done.text is None) == bool(done.findings)


@pytest.mark.parametrize("name", EVERYTHING)
@settings(deadline=None, max_examples=60)
@given(random=st.randoms(use_true_random=True))
def test_a_file_with_anything_in_it_is_answered_with_findings(name: str, random: Random) -> None:
    check(EVERYTHING, name, random)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(SHIPPED)), st.randoms(use_true_random=True))
def test_so_is_a_shipped_file(name: str, random: Random) -> None:
    check(SHIPPED, name, random)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(BOOK)), st.text(max_size=200) | st.binary(max_size=200), max_size=4))
def test_files_of_nothing_but_noise_are_answered_with_findings(noise: dict[str, str | bytes]) -> None:
    assert isinstance(render(check_texts({**BOOK, **noise})[1]), str)
