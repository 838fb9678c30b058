"""The adapters of the benchmarks: the newest that fits a tree is used."""

import sys
from pathlib import Path

import pytest

from benchmarks.inside import adapters
from benchmarks.inside.adapters import present

ADAPTERS = Path(adapters.__file__ or "").parent


def test_the_newest_adapter_that_fits_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "NEWEST_FIRST", ("from_another_time", "present"))
    assert adapters.fitting() is present


def test_when_none_fits_the_reasons_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "NEWEST_FIRST", ("from_another_time",))
    with pytest.raises(ImportError, match="no adapter fits this tree: from_another_time: No module named"):
        adapters.fitting()


def test_the_present_tree_is_measured_by_the_newest_adapter() -> None:
    assert adapters.fitting() is present and Path(__file__).resolve().parents[2] == present.TREE


def test_every_adapter_is_listed() -> None:
    assert {file.stem for file in ADAPTERS.glob("[a-z]*.py")} == set(adapters.NEWEST_FIRST)


def test_no_module_of_the_probe_hides_one_of_the_standard_library() -> None:
    names = {path.stem for path in ADAPTERS.parent.iterdir()}
    assert not names & set(sys.stdlib_module_names)
