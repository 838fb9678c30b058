"""Which roles a product has in effect, which categories are neighbours, and what can be wrong in the two files."""

import pytest

from authoring.checking import check_texts
from engine.rulebook.findings import Severity
from engine.rulebook.model import Rulebook
from tests.support.small_book import BOOK, PRODUCT_ROLES, ROLES, Mistake, book_with, expected_place, findings_of

CATALOGUE = """\
products:
  - {sku: K-1, title: {en: Pan}, category: kitchen, price: 49 EUR, roles: [profit]}
  - {sku: K-2, title: {en: Pot}, category: kitchen, price: 39 EUR}
  - {sku: B-1, title: {en: Lamp}, category: lighting, price: 20 EUR, roles: [volume]}
"""
MISTAKES = [
    Mistake("unknown-key", "product_roles.yaml", "thresholds:", "«threshold:", "did you mean thresholds?"),
    Mistake("unknown-word", "product_roles.yaml", "activation:", "«activate:", "did you mean activation?"),
    Mistake("unknown-key", "product_roles.yaml", "evidence:", "«purchases:"),
    Mistake("bad-value", "product_roles.yaml", "1.3", "«high"),
    Mistake("out-of-range", "product_roles.yaml", "1.3", "«-1"),
    Mistake("unknown-product", "product_roles.yaml", "{B-1:", "{«B-11:", "did you mean B-1?"),
    Mistake("unknown-word", "product_roles.yaml", "[profit]", "[«profits]", "did you mean profit?"),
    Mistake("wrong-type", "product_roles.yaml", "[profit]", "«profit"),
    Mistake("out-of-range", "product_roles.yaml", "to: 2", "to: «0.5"),
    Mistake("missing-key", "product_roles.yaml", "{from: 0.5, to: 2}", "«{from: 0.5}"),
    Mistake("missing-key", "roles.yaml", "measured:", "«other:"),
    Mistake("out-of-range", "roles.yaml", "version: 1", "version: «2"),
    Mistake("unknown-key", "roles.yaml", "{activation:", "{«activating:", "did you mean activation?"),
    Mistake("missing-key", "roles.yaml", "{score: 1.4, evidence: 20, confidence: 1.2}", "«{score: 1.4, evidence: 20}"),
    Mistake("bad-value", "roles.yaml", '"lighting": 1.4', '"lighting": «often'),
    Mistake("unknown-word", "roles.yaml", "{profit:", "{«margin:"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: f"{m.code} {m.new}")
def test_a_mistake_is_found_at_its_place(mistake: Mistake) -> None:
    places = {(finding.code, str(finding.place)): finding.hint for finding in findings_of(mistake)}
    assert (mistake.code, expected_place(mistake)) in places
    if mistake.hint:
        assert places[mistake.code, expected_place(mistake)] == mistake.hint


def loaded(**files: str) -> Rulebook:
    book, findings = check_texts(book_with(catalogue=CATALOGUE, **files))
    assert book is not None, findings
    return book


def test_what_was_measured_is_added_to_what_the_catalogue_says() -> None:
    assert loaded().products["K-1"].roles == ("activation", "profit")


def test_an_override_has_the_last_word() -> None:
    assert loaded().products["B-1"].roles == ("profit",)
    assert loaded(product_roles="overrides: {K-1: []}").products["K-1"].roles == ()


def test_a_product_of_which_nothing_is_known_has_the_roles_of_its_category() -> None:
    assert loaded().products["K-2"].roles == ("volume",)


@pytest.mark.parametrize("which", ["score: 1.41", "evidence: 21", "confidence: 1.21"])
def test_a_score_below_one_of_its_thresholds_gives_no_role(which: str) -> None:
    strict = f"thresholds: {{activation: {{{which}}}}}"
    assert loaded(product_roles=strict).products["K-1"].roles == ("profit",)


def test_without_thresholds_there_are_usual_ones() -> None:
    assert loaded(product_roles="overrides: {}").products["K-1"].roles == ("activation", "profit")


def test_without_both_files_the_catalogue_decides() -> None:
    files = {**BOOK, "catalogue.yaml": CATALOGUE}
    del files["roles.yaml"], files["product_roles.yaml"]
    book, _ = check_texts(files)
    assert book is not None
    assert [product.roles for product in book.products.values()] == [("profit",), (), ("volume",)]


def test_measured_neighbours_come_with_the_closest_first() -> None:
    closer = ROLES.replace('{"lighting": 1.4}', '{"lighting": 1.4, "garden": 2.1, "bedding": 1.5}')
    assert loaded(roles=closer).selection.neighbours["kitchen"] == ("garden", "bedding", "lighting")


def test_where_none_were_measured_the_categories_of_a_scene_are_neighbours() -> None:
    without = ROLES[: ROLES.index("neighbours:")]
    assert loaded(roles=without).selection.neighbours == {"kitchen": ("lighting",), "lighting": ("kitchen",)}


def test_products_that_the_catalogue_does_not_have_are_shown_in_one_warning() -> None:
    old = ROLES.replace('"K-1": {', '"OLD-1": {').replace("categories:", '  "OLD-2": {}\ncategories:')
    _, findings = check_texts(book_with(roles=old))
    (warning,) = [finding for finding in findings if finding.code == "unknown-product"]
    assert warning.severity is Severity.WARNING
    assert "2 of 2 products are not in catalogue.yaml, such as OLD-1" in warning.message


def test_another_table_is_another_revision() -> None:
    assert loaded().revision != loaded(roles=ROLES.replace("1.4,", "1.5,")).revision
    assert loaded(product_roles=PRODUCT_ROLES).revision == loaded().revision
