"""docs/api.md: its calls are run in their order and answer what the page shows; its tables are complete."""

import re
import shutil
from pathlib import Path

import pytest

from cli.serving import running
from engine.domain.events import EVENT_TYPES, OUTCOMES
from engine.domain.profile.effects import UNAPPLIED
from engine.schemas.properties import PROPERTIES
from tests.support.description import describe
from tests.support.papers import ROOT, Terminal, mistakes

PAGE = "docs/api.md"
TEXT = (ROOT / PAGE).read_text()
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in describe()["paths"].items()
    for method, operation in methods.items()
}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_every_call_answers_what_the_page_shows(tmp_path: Path) -> None:
    with running() as url:
        assert mistakes(PAGE, Terminal(url, tmp_path), {}) == []


def test_every_call_is_in_the_table_with_its_scope() -> None:
    rows = re.findall(r"^\| (`(?:GET|POST|DELETE) .+?) \| (\w+) \|", TEXT, flags=re.MULTILINE)
    shown = {call: scope for calls, scope in rows for call in re.findall(r"`([^`]+)`", calls)}
    scopes = {
        call: (operation["security"] or [{"key": ["open"]}])[0]["key"][0] for call, operation in OPERATIONS.items()
    }
    assert shown == scopes


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_properties_of_every_event_type_are_in_the_table(kind: str) -> None:
    row = re.search(rf"^\| `{kind}` \| [^|]+ \| ([^|]*) ?\| ([^|]*) ?\|$", TEXT, flags=re.MULTILINE)
    assert row is not None
    declared = PROPERTIES[kind]._declared_fields
    must, may = (set(re.findall(r"`(\w+)`", cell)) for cell in row.groups())
    assert must == {name for name, field in declared.items() if field.required}
    assert may == {name for name, field in declared.items() if not field.required}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_named(outcome: str) -> None:
    assert f"`{outcome}`" in TEXT


@pytest.mark.parametrize("code", UNAPPLIED)
def test_every_reason_of_an_event_without_effect_is_in_the_table(code: str) -> None:
    assert re.search(rf"^\| `{code}` \|", TEXT, flags=re.MULTILINE)
