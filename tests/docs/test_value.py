"""The page of the formulas names code, files and facts that are there, and numbers that the code has."""

import re
from pathlib import Path

import pytest

from engine.decisioning import referral
from engine.value import purchase_timing
from service import action_report
from tests.support.books import shipped

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "value.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)", PAGE))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (DOCS / link).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:engine|analytics)/[^`]+)`", PAGE))))
def test_the_code_of_a_formula_is_where_the_page_says(path: str) -> None:
    assert (DOCS.parent / path).exists()


@pytest.mark.parametrize("fact", sorted(set(re.findall(r"`(customer\.[a-z0-9_]+)`", PAGE))))
def test_a_fact_of_the_page_is_declared(fact: str) -> None:
    assert fact in shipped().rulebook.vocabulary


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    lapse = shipped().rulebook.churn
    assert f"fewer than {action_report.FEWEST}" in " ".join(PAGE.split())
    assert f"1 in {referral.TOLD_PER_BUYER} " in PAGE
    assert f"until {referral.MEASURED_FROM} friends" in " ".join(PAGE.split())
    assert f"clamp({lapse.lapse_half_life:.0f} days * log2(C60 / theta), {lapse.lapse_min:.0f} days" in PAGE
    assert f"Known from {purchase_timing.MOMENTUM_AFTER_DAYS} days" in PAGE
