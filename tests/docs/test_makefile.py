"""Every `make` target that the papers name exists, and `make help` lists all of them."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
PHONY = set(re.findall(r"^\.PHONY: (.+)$", MAKEFILE, flags=re.MULTILINE)[0].split())
PAGES = ["README.md", "CONTRIBUTING.md", ".ci/run", *(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_the_targets_a_page_names_exist(page: str) -> None:
    named = re.findall(
        r"(?:^|`)(?:[A-Z_]+=\S+ )*make (?:--\S+ )*([a-z][a-z-]*)", (ROOT / page).read_text(), flags=re.MULTILINE
    )
    assert set(named) <= PHONY


def test_help_lists_every_target() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"^  make ([a-z-]+)", shown, flags=re.MULTILINE)) == PHONY


def test_help_is_what_make_alone_does() -> None:
    alone = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert alone.startswith("  make help")


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith(("#", "-r "))]
        assert [line for line in lines if not re.match(r"[A-Za-z0-9_.-]+(\[[a-z]+\])?==\S+", line)] == []
