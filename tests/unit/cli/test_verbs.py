"""What every command has: help with an example and its exit codes, and a hint for mistyped and former names."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from cli.main import COMMANDS, FORMER, main
from tests.support.commands import patron
from tests.support.papers import ROOT


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The group itself, its commands, and theirs."""
    yield path
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


ALL = list(commands(main))


def test_all_commands_are_covered() -> None:
    assert len(ALL) > len(COMMANDS)
    assert {path[0] for path in ALL if path} == set(COMMANDS)


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(("patron", *path)))
def test_help_has_an_example_and_names_the_exit_codes(path: tuple[str, ...]) -> None:
    shown = patron(*path, "--help")
    assert shown.exit_code == 0
    assert f"Usage: {' '.join(('patron', *path))} " in shown.stdout
    example = shown.stdout.partition("Example:\n")[2].lstrip()
    assert example.startswith((f"patron {' '.join(path)}".rstrip() + " ", "patron serve &"))
    assert "Exit codes: 0 " in shown.stdout


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(("patron", *path)))
def test_help_fits_a_terminal_and_lists_whole_sentences(path: tuple[str, ...]) -> None:
    lines = patron(*path, "--help").stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    listed = lines[lines.index("Commands:") :] if "Commands:" in lines else []
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [(("chekc",), "check"), (("improt",), "import"), (("report", "valeu"), "value"), (("analyze", "fti"), "fit")],
)
def test_a_mistyped_command_is_answered_with_the_nearest(typed: tuple[str, ...], meant: str) -> None:
    told = patron(*typed)
    assert told.exit_code == 2
    assert f"Did you mean '{meant}'?" in told.stderr


@pytest.mark.parametrize(("former", "present"), FORMER.items())
def test_a_former_command_is_refused_with_its_new_name(former: str, present: str) -> None:
    told = patron(former, "anything")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.endswith(f"Error: No such command '{former}': write '{present}'.\n")
    assert tuple(present.split()[1:]) in ALL


LOADED = """
import sys
from cli.main import main
try:
    main(sys.argv[1:], prog_name="patron")
finally:
    print(*sorted(name for name in sys.modules if name.startswith("cli.")), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "not_loaded"),
    [
        (("check", "--help"), {"cli.client", "cli.analyze", "cli.rulebook", "cli.customers"}),
        (("analyze", "fit", "--help"), {"cli.analyze.roles", "cli.analyze.backtest", "cli.client", "cli.check"}),
        (("new", "segment", "--help"), {"cli.new.rule", "cli.new.rulebook", "cli.client"}),
    ],
)
def test_a_command_loads_no_other(words: tuple[str, ...], not_loaded: set[str]) -> None:
    done = subprocess.run((sys.executable, "-c", LOADED, *words), cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "cli.lazy" in loaded
    assert loaded & not_loaded == set()


def test_the_version_is_printed_installed_or_not() -> None:
    assert patron("--version").stdout.startswith("patron")
