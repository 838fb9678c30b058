"""The engine depends on its arguments alone: no clock, no machine, no files, no salted hashes, no threads."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.purity import impurities

ROOT = Path(__file__).resolve().parents[2]
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACT = next(one for one in LINTER["contracts"] if one["name"].startswith("The engine is pure: no clock"))
MODULES = frozenset(CONTRACT["forbidden_modules"])


def found_in(source: str) -> list[str]:
    return impurities("sample.py", source, MODULES)


def test_no_module_of_the_engine_uses_clock_machine_files_or_salted_hashes() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(ROOT.glob("engine/**/*.py"))}
    assert "engine/decisioning/decide.py" in sources
    found = [one for file, source in sources.items() for one in impurities(file, source, MODULES)]
    assert "\n".join(found) == ""


def test_the_contract_names_every_way_out_and_sees_the_standard_library() -> None:
    assert {"time", "random", "secrets", "uuid", "os", "socket", "subprocess", "threading", "pathlib"} <= MODULES
    assert LINTER["include_external_packages"] is True
    assert CONTRACT["source_modules"] == ["engine"]


def test_the_contract_makes_no_exception() -> None:
    assert "ignore_imports" not in CONTRACT


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("from datetime import datetime\nx = datetime.now()", "datetime.datetime.now"),
        ("from datetime import datetime as dt\nx = dt.today()", "datetime.datetime.today"),
        ("import datetime\nx = datetime.datetime.utcnow()", "datetime.datetime.utcnow"),
        ("import datetime as d\nx = d.date.today()", "datetime.date.today"),
        ("from datetime import date\nx = date.fromtimestamp(0)", "datetime.date.fromtimestamp"),
        ("from datetime import datetime\nclock = datetime.now", "datetime.datetime.now"),
        ("from datetime import datetime\nx = datetime.fromtimestamp(0)", "fromtimestamp without a zone"),
        ("\nx = moment.astimezone()", "astimezone without a zone"),
        ("\nimport time", "time"),
        ("\nfrom time import time_ns as now", "time.time_ns"),
        ("\nimport os.path", "os.path"),
        ("\nfrom os import environ", "os.environ"),
        ("\nfrom concurrent.futures import Future", "concurrent.futures.Future"),
        ("\nimport importlib", "importlib"),
        ("import io\nx = io.open('a')", "io.open"),
        ("\nfrom io import FileIO", "io.FileIO"),
        ("\nx = open('a')", "open"),
        ("\nx = map(hash, 'ab')", "hash"),
        ("\nx = hash('a')", "hash"),
        ("\nx = input()", "input"),
        ("\nprint('a')", "print"),
        ("\nx = __import__('os')", "__import__"),
        ("\nx = sorted('ab', key=id)", "an order by id"),
        ("\nx = max('ab', key=lambda one: (len(one), id(one)))", "an order by id"),
        ("\nx.sort(key=id)", "an order by id"),
    ],
)
def test_an_impure_line_is_found_with_its_place(source: str, what: str) -> None:
    assert found_in(source) == [f"sample.py:2: {what}"]


def test_an_impure_line_inside_a_function_and_the_import_before_it_are_both_found() -> None:
    source = "def now():\n    import os\n    return os.environ['NOW']"
    assert found_in(source) == ["sample.py:2: os", "sample.py:3: os.environ"]


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\nx = datetime.fromtimestamp(0, UTC)",
        "from datetime import UTC, datetime\nx = datetime.fromtimestamp(0, tz=UTC)",
        "x = moment.astimezone(zone)",
        "x = situation.now + given.time",
        "numbers = {id(row): number for number, row in enumerate(rows)}",
        "import io\nx = io.StringIO(newline='')",
        "import re\nx = re.compile('a')",
    ],
)
def test_a_pure_line_passes(source: str) -> None:
    assert found_in(source) == []
