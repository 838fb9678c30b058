"""docs/diff.md: its example is what the command says."""

import re
import shutil
from pathlib import Path

import pytest

from tests.support.books import RULES
from tests.support.commands import patron

PAGE = RULES.parent / "docs" / "diff.md"
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def without_revisions(said: str) -> str:
    """Any change of the shipped rules gives them another one."""
    return re.sub(r"sha256:[0-9a-f]+", "sha256:...", said).rstrip()


def test_the_example_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(RULES, "rules")
    (events,) = [text for kind, text in BLOCKS if kind == "json"]
    Path("events.jsonl").write_text(events, encoding="utf-8")
    (edit,) = re.findall(r"sed -i 's/(.*)/(.*)/' (\S+)", PAGE.read_text(encoding="utf-8"))
    shutil.copytree("rules", "tomorrow")
    file = Path(edit[2])
    text = file.read_text(encoding="utf-8")
    assert text.count(edit[0]) == 1
    file.write_text(text.replace(edit[0], edit[1]), encoding="utf-8")
    shown = [text for _, text in BLOCKS if text.startswith("$ patron diff")]
    assert len(shown) == 2
    for block in shown:
        command, _, expected = block.partition("\n")
        result = patron(*command.split()[2:])
        assert without_revisions(result.stdout) == without_revisions(expected)
        assert result.exit_code == 1
