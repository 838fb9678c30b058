"""Retired words stay out of what people read: help, messages, documentation. The glossary has the words instead."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from babel.messages.pofile import read_po

from authoring.remedies import REMEDIES
from cli.main import main
from engine.rulebook.findings import CODES

ROOT: Final = Path(__file__).parents[2]
RETIRED: Final = {
    r"overdue": "inactive",
    r"on trial|rules? on test": "shadow rules",
    r"levers?": "multiplier",
    r"(rhythm|lapse) clocks?|clocks of silence": "interpurchase-time model, lapse model",
    r"silen(ce|ces|t)": "inactivity, inactive",
    r"due times?|seen to": "timer",
    r"revisits?": "retry",
    r"occasions?": "trigger",
    r"held out|left alone": "control group",
    r"(a|an|the|this|next|one|every|no|last) letter|letters (a|per|to|of the last)": "e-mail, message",
    r"stor(y|ies) of (a|the) decision|stories and tests|tests and stories": "explanation, scenario",
    r"tellers?": "example customer",
    r"who is due|what waits|whom to write|who was held": "a noun: due customers, pending recommendations",
    r"ration(s|ed)?": "quota",
    r"links? of (a|the|this) customer|(is|are|be) linked over": "channel address, reachable",
    r"spend brought|have brought": "revenue",
    r"too few to say": "not enough data yet",
    r"papers": "documentation",
}
"""Pattern of a retired word -> what is written instead. Names with other uses stand in the context that is meant."""
PATTERN: Final = re.compile("|".join(rf"(?<![\w-])(?:{word})(?![\w-])" for word in RETIRED), re.IGNORECASE)
ABOUT_THEM: Final = ("docs/upgrading.md", "CHANGELOG.md")
"""Pages that name former words because they say what became of them."""
_FENCED: Final = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_CODE: Final = re.compile(r"`[^`\n]*`")


def pages() -> Iterator[tuple[str, str]]:
    for path in sorted((*ROOT.glob("*.md"), *ROOT.glob("*/README.md"), *ROOT.glob("docs/**/*.md"))):
        name = str(path.relative_to(ROOT))
        if name not in ABOUT_THEM:
            text = _FENCED.sub(lambda block: "\n" * block[0].count("\n"), path.read_text(encoding="utf-8"))
            yield name, _CODE.sub("", text)


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    with click.Context(command, info_name=name) as context:
        yield name, command.get_help(context)
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                yield from helps(found, f"{name} {child}")


def messages() -> Iterator[tuple[str, str]]:
    yield from (("finding", f"{code}: {text}") for code, text in (*CODES.items(), *REMEDIES.items()))
    for path in sorted(ROOT.glob("explain/locale/en/**/*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
                yield from ((f"{path.name} {message.id}", text) for text in texts)


def shipped_rules() -> Iterator[tuple[str, str]]:
    """Comments, titles, sentences and the names of tests; ids are permanent, so they are left out."""
    for path in sorted((*ROOT.glob("rules/**/*.yaml"), *ROOT.glob("cli/starter/**/*.yaml"))):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            said = re.search(r"#.*|\b(title|sentence|test|says): .*", line)
            if said:
                yield f"{path.relative_to(ROOT)}:{number}", said[0]


SOURCES: Final = {"pages": pages, "messages": messages, "rules": shipped_rules, "help": lambda: helps(main, "patron")}


@pytest.mark.parametrize("source", SOURCES)
def test_no_retired_word_is_read(source: str) -> None:
    found = [f"{place}: {hit[0]!r}" for place, text in SOURCES[source]() for hit in PATTERN.finditer(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "word", ["overdue", "On trial", "a lever", "fell silent", "held out", "the next letter", "papers"]
)
def test_a_retired_word_is_found(word: str) -> None:
    assert PATTERN.search(f"Customers and {word}.")


@pytest.mark.parametrize("text", ["capital letters", "a link to the page", "customer.lapse_overdue_days", "leverage"])
def test_a_word_with_another_use_is_not(text: str) -> None:
    assert not PATTERN.search(f"It has {text}.")
