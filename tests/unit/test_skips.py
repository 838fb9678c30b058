"""In CI a skipped test fails unless it is listed: pytest runs on a small folder with our conftest.py."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import skips

ROOT = Path(__file__).resolve().parents[2]
TESTS = """\
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_skipping(n):
    pytest.skip("no hardware")

@pytest.mark.skipif(True, reason="no hardware")
def test_marked():
    pass

def test_listed():
    pytest.skip("no hardware")

@pytest.mark.xfail(strict=True)
def test_expected_failure():
    assert False
"""
MODULE = "import pytest\n\npytest.skip('no hardware', allow_module_level=True)\n"
LISTED = """\
# comment

tests/test_some.py::test_listed | CI has no hardware
tests/test_some.py::test_skipping[1] | CI has no hardware
"""


def ran(folder: Path, ci: str, *options: str) -> tuple[dict[str, str], str]:
    """How pytest reports each test in its summary, and all that it prints."""
    (folder / "tests" / "support").mkdir(parents=True)
    for name in ("conftest.py", "__init__.py", "support/__init__.py", "support/skips.py"):
        shutil.copy(ROOT / "tests" / name, folder / "tests" / name)
    (folder / "tests" / "skips_allowed.txt").write_text(LISTED)
    (folder / "tests" / "test_some.py").write_text(TESTS)
    (folder / "tests" / "test_module.py").write_text(MODULE)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\naddopts = --import-mode=importlib\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "--no-fold-skipped", "--continue-on-collection-errors"]
    environment = {**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        [*command, *options, "tests"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^([A-Z]+) (?:\[1\] )?tests/(test_\w+\.py(?:::\w+(?:\[\w+\])?)?)", done.stdout, re.MULTILINE)
    return {name: outcome for outcome, name in found}, done.stdout


@pytest.fixture(scope="module", params=[(), ("-p", "xdist", "-n", "1")], ids=["alone", "xdist"])
def in_ci(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    return ran(tmp_path_factory.mktemp("ci"), "true", *request.param)


def test_a_skipped_test_fails_in_ci(in_ci: tuple[dict[str, str], str]) -> None:
    outcomes, said = in_ci
    assert outcomes["test_some.py::test_skipping[2]"] == "FAILED"
    assert "test_skipping[2] was skipped, which fails in CI: Skipped: no hardware" in said


def test_a_test_that_its_mark_skips_fails_in_ci(in_ci: tuple[dict[str, str], str]) -> None:
    assert in_ci[0]["test_some.py::test_marked"] == "ERROR"


def test_a_skipped_module_fails_in_ci(in_ci: tuple[dict[str, str], str]) -> None:
    assert in_ci[0]["test_module.py"] == "ERROR"


def test_the_failure_names_the_list(in_ci: tuple[dict[str, str], str]) -> None:
    assert "list it with the reason in tests/skips_allowed.txt" in in_ci[1]


@pytest.mark.parametrize("name", ["test_listed", "test_skipping[1]"])
def test_a_listed_test_may_be_skipped_in_ci(in_ci: tuple[dict[str, str], str], name: str) -> None:
    assert in_ci[0][f"test_some.py::{name}"] == "SKIPPED"


def test_an_expected_failure_is_no_skip(in_ci: tuple[dict[str, str], str]) -> None:
    assert in_ci[0]["test_some.py::test_expected_failure"] == "XFAIL"


def test_outside_ci_every_test_may_be_skipped(tmp_path: Path) -> None:
    outcomes, said = ran(tmp_path, "")
    assert set(outcomes.values()) == {"SKIPPED", "XFAIL"} and "4 skipped" not in said and "5 skipped" in said


def test_a_line_without_a_reason_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "skips.txt"
    file.write_text("# comment\ntests/test_some.py::test_listed\n")
    with pytest.raises(skips.BadList, match=r"skips\.txt:2: expected `node id | reason`"):
        skips.read(file)


def test_a_star_stands_for_any_text(tmp_path: Path) -> None:
    file = tmp_path / "skips.txt"
    file.write_text("tests/test_some.py::* | CI has no hardware\n")
    (pattern,) = skips.read(file)
    assert pattern.fullmatch("tests/test_some.py::test_skipping[1]") and not pattern.fullmatch("tests/test_module.py")


def test_every_listed_file_exists() -> None:
    listed = [line.partition("::")[0] for line in skips.LIST.read_text().splitlines() if not line.startswith("#")]
    assert [name for name in listed if "*" not in name and not (ROOT / name).is_file()] == []
