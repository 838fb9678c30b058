"""What every verb has: help with an example and its exit codes, and a word for who mistypes."""

from collections.abc import Iterator

import click
import pytest

from cli.main import VERBS, main
from tests.support.commands import patron


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The group itself, every verb, and what is below."""
    yield path
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


ALL = list(commands(main))


def test_all_verbs_are_looked_at() -> None:
    assert len(ALL) > len(VERBS)
    assert {path[0] for path in ALL if path} == set(VERBS)


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
    ("typed", "meant"), [(("chekc",), "check"), (("improt",), "import"), (("report", "valeu"), "value")]
)
def test_a_mistyped_verb_is_told_the_nearest(typed: tuple[str, ...], meant: str) -> None:
    told = patron(*typed)
    assert told.exit_code == 2
    assert f"Did you mean '{meant}'?" in told.stderr


def test_the_version_is_told_installed_or_not() -> None:
    assert patron("--version").stdout.startswith("patron")
