"""docs/settings.md lists every setting, with its default and the sentence that stands in the code."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from api.settings import SCOPES
from runtime.settings import PREFIX, Settings, variable

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text()
SETTINGS = {variable(f): f for f in fields(Settings)}


def default_text(value: Any) -> str:
    if value in (None, ()):
        return "unset"
    if isinstance(value, Path) and value.is_absolute():
        return f"`{value.relative_to(ROOT)}`, of this repository"
    return f"`{value}`"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_its_row(name: str) -> None:
    setting = SETTINGS[name]
    assert f"| `{name}` | {default_text(setting.default)} | {setting.metadata['doc']} |" in PAGE.splitlines()


def test_no_row_describes_a_setting_that_does_not_exist() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, flags=re.MULTILINE)
    assert rows == list(SETTINGS)


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md", "CONTRIBUTING.md", "compose.yaml", "Dockerfile"])
def test_variables_named_elsewhere_exist(page: str) -> None:
    named = re.findall(rf"\b{PREFIX}[A-Z_]+\b", (ROOT / page).read_text())
    assert set(named) <= set(SETTINGS)


def test_every_scope_is_explained() -> None:
    assert re.findall(r"^\| `([a-z]+)` \|", PAGE, flags=re.MULTILINE) == list(SCOPES)
