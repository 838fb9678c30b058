"""What docs/architecture.md and engine/README.md name is there, and the folders are all described."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "engine", "explain", "authoring", "storage", "rules", "examples", "benchmarks")
OURS = ("*.md", *(f"{folder}/**/*.md" for folder in FOLDERS))
PAGES = sorted(str(page.relative_to(ROOT)) for pattern in OURS for page in ROOT.glob(pattern))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"\b(?:engine|explain|authoring|tests)/[a-z_/]+(?:\.py)?|\bwsgi\.py", ARCHITECTURE)))
)
def test_a_path_that_the_page_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_package_is_in_the_table_of_folders() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = [name.rstrip("*") for name in project["tool"]["setuptools"]["packages"]["find"]["include"]]
    assert [name for name in packages if f"| `{name}/` |" not in ARCHITECTURE] == []


def test_the_engine_lists_its_packages_in_the_order_that_the_contract_holds() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (order,) = [one["layers"] for one in contracts if one.get("containers") == ["engine"]]
    text = (ROOT / "engine" / "README.md").read_text()
    listed = re.findall(r"^\| `([a-z]+)/` \|", text, re.M)
    assert sorted(listed) == sorted(order)
    assert f"in this order: {', '.join(reversed(order))}." in text


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", (ROOT / page).read_text())
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []
