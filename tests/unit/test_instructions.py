"""The comparison of counted instructions with the committed figures: what fails, and what is printed."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from benchmarks.instructions import FIGURES, NAMES, Measured, Stated, compare, judge, python_build, read, restate

ROOT = Path(__file__).resolve().parents[2]
STATED = Stated("3.11.7", "2026-11-30", "first figures", {"decision": 1_000, "HTTP event": 5_000})


def measured(decision: int, http: int = 5_000) -> dict[str, Measured]:
    return {"decision": Measured(decision, 100.0), "HTTP event": Measured(http, 900.0)}


def judged(stated: Stated | None, found: dict[str, Measured], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    return judge(stated, found, "CPython 3.11", in_ci=True), capsys.readouterr().out


def test_more_than_ten_percent_more_instructions_fail(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(STATED, measured(1_101), capsys)
    assert code == 1
    assert "FAILED: decision: 10.1 % more instructions than committed; 10 % is allowed." in said
    assert 'To commit new figures: python -m benchmarks.instructions --restate "the reason"' in said


def test_up_to_ten_percent_more_pass(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(STATED, measured(1_100), capsys)
    assert code == 0 and "+10.0 %" in said and "FAILED" not in said and "--restate" not in said


def test_more_than_ten_percent_fewer_pass_and_ask_to_be_committed(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(STATED, measured(800), capsys)
    assert code == 0
    assert "decision: 20.0 % fewer instructions. Commit the new figure" in said and "--restate" in said


def test_one_operation_that_is_too_slow_fails_though_another_is_faster(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(STATED, measured(500, http=6_000), capsys)
    assert code == 1 and "FAILED: HTTP event: 20.0 % more" in said


def test_the_cpu_time_is_printed_and_never_fails(capsys: pytest.CaptureFixture[str]) -> None:
    slow = {"decision": Measured(1_000, 999_999.0), "HTTP event": Measured(5_000, 900.0)}
    code, said = judged(STATED, slow, capsys)
    assert code == 0 and "CPU 999,999 us" in said


def test_an_operation_without_a_committed_figure_fails(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(STATED, {**measured(1_000), "sweep": Measured(7, 1.0)}, capsys)
    assert code == 1 and "FAILED: sweep: no figure is committed." in said


def test_a_committed_figure_that_is_not_measured_fails(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = judged(STATED, {"decision": Measured(1_000, 1.0)}, capsys)
    assert code == 1 and "FAILED: HTTP event: was not measured." in said


@pytest.mark.parametrize(("in_ci", "code"), [(True, 1), (False, 0)])
def test_a_python_without_committed_figures_fails_in_ci_only(
    capsys: pytest.CaptureFixture[str], in_ci: bool, code: int
) -> None:
    assert judge(None, measured(1_000), "PyPy 3.11", in_ci) == code
    said = capsys.readouterr().out
    assert "No figures are committed for PyPy 3.11. Measured: decision 1,000, HTTP event 5,000" in said


def test_restated_figures_are_read_back_with_their_reason(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    restate(file, "other", "before", measured(1), date(2026, 11, 29))
    restate(file, "this", "new rules", measured(1_200), date(2026, 11, 30))
    restate(file, "this", "newer rules", measured(1_300), date(2026, 12, 1))
    found = read(file, "this")
    assert found is not None and (found.date, found.reason) == ("2026-12-01", "newer rules")
    assert compare(found, measured(1_300)).failed is False
    assert read(file, "other") is not None and read(file, "third") is None


def test_the_committed_figures_cover_every_operation() -> None:
    committed = json.loads(FIGURES.read_text())
    assert committed
    for figures in committed.values():
        assert set(figures["instructions"]) == set(NAMES.values()) and figures["reason"].strip()


def test_the_build_of_python_is_named() -> None:
    assert python_build().startswith(f"CPython {sys.version_info.major}.{sys.version_info.minor}, ")


@pytest.mark.parametrize("reason", ["", "  "])
def test_new_figures_need_a_reason(reason: str) -> None:
    done = called("--restate", reason)
    assert done.returncode == 2 and "give the reason why the figures change" in done.stderr


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_valgrind_the_check_says_so_and_fails_in_ci_only(tmp_path: Path, ci: str, code: int) -> None:
    done = called(CI=ci, PATH=str(tmp_path))
    assert done.returncode == code and "valgrind is not installed" in done.stdout


def called(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.instructions", *arguments]
    merged = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=merged, capture_output=True, text=True, check=False)
