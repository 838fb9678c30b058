"""A catalogue fills in its texts, picks plural forms, and refuses what it does not have by name."""

import re

import pytest

from explain.catalogue import LANGUAGES, Catalogue, MissingText, catalogue, language_of

HEADER = 'msgid ""\nmsgstr ""\n"Language: {tag}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
GREETING = '\nmsgctxt "mail"\nmsgid "greeting"\nmsgstr "Hello {name}"\n'
POLISH = """"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

msgctxt "unit"
msgid "day"
msgid_plural "day"
msgstr[0] "{n} dzień"
msgstr[1] "{n} dni"
msgstr[2] "{n} dni w sumie"
"""


def made(entries: str, tag: str = "en") -> Catalogue:
    return Catalogue(tag, (HEADER.format(tag=tag) + entries).encode())


def test_a_text_is_found_by_area_and_name_and_filled_in() -> None:
    assert made(GREETING).text("mail.greeting", name="Ann") == "Hello Ann"


def test_braces_in_a_value_are_no_placeholders() -> None:
    assert made(GREETING).text("mail.greeting", name="{name}") == "Hello {name}"


@pytest.mark.parametrize(("number", "text"), [(1, "1 dzień"), (3, "3 dni"), (12, "12 dni w sumie")])
def test_a_number_picks_the_plural_form_by_the_rule_of_the_language(number: int, text: str) -> None:
    assert made(POLISH, "pl").plural("unit.day", number) == text


def test_a_text_that_is_not_there_is_an_error_that_names_key_and_language() -> None:
    with pytest.raises(MissingText, match=r"^the en catalogue has no text mail\.farewell$"):
        made(GREETING).text("mail.farewell")


def test_a_text_without_plural_forms_is_no_plural_and_one_with_them_no_text() -> None:
    with pytest.raises(MissingText, match=r"no text mail\.greeting with plural forms"):
        made(GREETING).plural("mail.greeting", 2)
    with pytest.raises(MissingText, match=r"no text unit\.day"):
        made(POLISH, "pl").text("unit.day")


def test_a_placeholder_without_a_value_is_an_error_that_names_it() -> None:
    with pytest.raises(MissingText, match=r"the en text mail\.greeting has the placeholder 'name'"):
        made(GREETING).text("mail.greeting", customer="Ann")


@pytest.mark.parametrize(
    "entries",
    [
        GREETING.replace("\nmsgctxt", "\n#, fuzzy\nmsgctxt"),
        GREETING.replace("Hello {name}", ""),
        re.sub("msgctxt.*\n", "", GREETING),
    ],
    ids=["fuzzy", "empty", "without an area"],
)
def test_an_unfinished_entry_is_no_text(entries: str) -> None:
    with pytest.raises(MissingText):
        made(entries).text("mail.greeting", name="Ann")


def test_a_form_that_is_empty_leaves_no_plural_text() -> None:
    with pytest.raises(MissingText):
        made(POLISH.replace('"{n} dni"', '""'), "pl").plural("unit.day", 1)


def test_a_word_that_the_catalogue_does_not_have_is_shown_as_it_is() -> None:
    assert made(GREETING).word("mail.parting", "parting") == "parting"


def test_a_catalogue_is_read_once() -> None:
    assert catalogue("en") is catalogue("en")


def test_a_language_without_a_catalogue_is_an_error_that_names_those_that_have_one() -> None:
    with pytest.raises(MissingText, match=f"no catalogue for tlh, only for {', '.join(LANGUAGES)}"):
        catalogue("tlh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_week_has_seven_days_in_every_language(language: str) -> None:
    assert sorted(catalogue(language).weekdays) == list(range(7))


@pytest.mark.parametrize(
    ("asked", "language"),
    [("zh", "zh-Hans"), ("zh-Hans-CN", "zh-Hans"), ("ZH-tw", "zh-Hans"), ("en-GB", "en"), ("tlh", "en"), (None, "en")],
)
def test_whoever_wants_chinese_gets_chinese_and_everybody_else_english(asked: str | None, language: str) -> None:
    assert language_of(asked) == language
    assert language in LANGUAGES
