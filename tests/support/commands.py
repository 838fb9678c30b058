"""The command `patron`, in this process, and rulebooks in folders for it."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from cli.main import main
from tests.support.books import RULES

_RULEBOOK = re.compile(rb"^Rulebook: .*\n", re.MULTILINE)


def patron(*arguments: object, said: str | None = None) -> Result:
    """Run a verb here, without the line on stderr that names the rulebook. `said`: its standard input."""
    return unnamed(patron_whole(*arguments, said=said))


def unnamed(result: Result) -> Result:
    """What a verb said, without the line on stderr that names the rulebook."""
    for stream in ("stderr_bytes", "output_bytes"):
        setattr(result, stream, _RULEBOOK.sub(b"", getattr(result, stream)))
    return result


def patron_whole(*arguments: object, said: str | None = None) -> Result:
    """Run a verb here; an exception that it does not catch is the test's."""
    return CliRunner().invoke(main, list(map(str, arguments)), input=said, prog_name="patron", catch_exceptions=False)


def folder_of(folder: Path, texts: Mapping[str, str]) -> Path:
    """A folder with these files: path in it -> text."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def rules_copied(folder: Path) -> Path:
    """The shipped rules, to be changed."""
    return shutil.copytree(RULES, folder)
