"""`.ci/run` with programs that only say that they were called: the order of its steps, and its last line."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLOSING = "7 passed in 0.10s"
MAKE = f"""#!/bin/bash
echo "make ${{@: -1}}"
case "${{@: -1}}" in
    test) echo "{CLOSING}"; exit $TESTS ;;
    bench-instructions) echo "counted"; exit $INSTRUCTIONS ;;
esac
"""
TOOLS = ("bash", "dirname", "mktemp", "tee", "tail", "rm")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the script, and the programs that it finds."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in TOOLS:
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, text in {"make": MAKE, "apt-get": '#!/bin/bash\necho "apt-get $*"\n'}.items():
        written(programs / name, text)
    return tmp_path


def written(program: Path, text: str = "#!/bin/bash\n") -> None:
    program.write_text(text)
    program.chmod(0o755)


def ran(folder: Path, tests: int = 0, instructions: int = 0) -> tuple[int, list[str]]:
    environment = {**os.environ, "PATH": str(folder / "bin"), "TESTS": str(tests), "INSTRUCTIONS": str(instructions)}
    command = [folder / "bin" / "bash", folder / ".ci" / "run"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


def test_the_closing_line_of_pytest_is_the_last_line(folder: Path) -> None:
    code, lines = ran(folder)
    assert code == 0 and lines[-1] == CLOSING and lines.index("make test") < lines.index("make bench-instructions")


def test_too_many_instructions_fail_and_the_closing_line_is_still_the_last(folder: Path) -> None:
    code, lines = ran(folder, instructions=2)
    assert code == 2 and lines[-2:] == ["counted", CLOSING]


def test_a_failed_test_ends_the_run_with_the_closing_line(folder: Path) -> None:
    code, lines = ran(folder, tests=1)
    assert code == 1 and lines[-1] == CLOSING and "make bench-instructions" not in lines


def test_what_is_missing_is_installed(folder: Path) -> None:
    written(folder / "bin" / "curl")
    _, lines = ran(folder)
    assert [line for line in lines if line.startswith("apt-get")] == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends valgrind",
    ]


def test_nothing_is_installed_where_nothing_is_missing(folder: Path) -> None:
    for name in ("curl", "valgrind"):
        written(folder / "bin" / name)
    assert [line for line in ran(folder)[1] if line.startswith("apt-get")] == []
