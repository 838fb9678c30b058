"""What docs/editors.md, the hooks and the workflow name is there, and the starter's vocabulary is up to date."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from cli.main import COMMANDS, main
from cli.new.rulebook import STARTER
from scripts.starter import OUT, vocabulary

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "editors.md"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
WORKFLOW = STARTER / "dot-github" / "workflows" / "rules.yml"
CONFIG = STARTER / "dot-pre-commit-config.yaml"
CALL = re.compile(r"\bpatron ((?!@)[a-z][^`|#&;\n)]*)")


def read(path: Path) -> Any:
    return yaml.load(path.read_text(), yaml.BaseLoader)


def calls(text: str) -> Iterator[list[str]]:
    for found in CALL.finditer(text):
        words = shlex.split(found[1].replace("'", " "))
        if words and words[0] in {*COMMANDS, words[0]}:
            yield words


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is called, and what is said to it."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(click.Context(command), words[0])
        assert inner is not None, f"there is no command {words[0]}"
        command, words = inner, words[1:]
    return command, words


def runs(step: Any) -> str:
    return str(step.get("run", ""))


WRITTEN = {
    "the workflow": "\n".join(runs(step) for job in read(WORKFLOW)["jobs"].values() for step in job["steps"]),
    "the hooks": "\n".join(" ".join((hook["entry"], *hook.get("args", ()))) for hook in read(HOOKS)),
    "the page": "\n".join(re.findall(r"```(?:sh)?\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)),
    "the starter's README": (STARTER / "README.md").read_text().partition("```")[2].partition("```")[0],
}


@pytest.mark.parametrize("where", WRITTEN)
def test_every_command_that_is_written_there_exists_with_its_options(where: str) -> None:
    found = list(calls(re.sub(r"  +[a-z].*", "", WRITTEN[where])))
    assert found
    for words in found:
        command, said = command_of(words)
        options = {name for option in command.params for name in option.opts}
        assert {word for word in said if word.startswith("--")} <= options, words


def test_the_workflow_does_what_it_should_with_as_little_as_it_can() -> None:
    workflow = read(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    run = WRITTEN["the workflow"]
    for part in ("check rules --github", "fmt --check rules", "test rules --junit", "diff ", "publish rules"):
        assert f"patron {part}" in run
    assert "${{" not in run  # what others write reaches a shell only as a variable
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert [name for name in used if not re.search(r"@[0-9a-f]{40}$", name)] == []
        checkout = next(step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] == "false"
    secrets = [name for name, job in workflow["jobs"].items() if "secrets." in yaml.dump(job)]
    assert secrets == ["publish"]
    assert workflow["jobs"]["publish"]["if"] == "github.event_name == 'push'"


def test_the_starter_names_hooks_that_there_are() -> None:
    offered = {hook["id"] for hook in read(HOOKS)}
    assert offered == {"patron-check", "patron-fmt", "patron-test"}
    assert {hook["id"] for repo in read(CONFIG)["repos"] for hook in repo["hooks"]} == offered


def test_hooks_look_at_rule_files_only() -> None:
    for hook in read(HOOKS):
        assert re.search(hook["files"], "rules/actions/growth.yaml")
        assert not re.search(hook["files"], ".github/workflows/rules.yml")


def test_the_starters_vocabulary_is_up_to_date() -> None:
    assert OUT.read_text(encoding="utf-8") == vocabulary(), "run `make docs`"


def test_what_is_installed_with_the_package_is_what_the_requirements_ask_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = (ROOT / "requirements.txt").read_text().partition("# --- needed by the packages above")[0]
    pinned = set(re.findall(r"^([A-Za-z0-9_.-]+(?:\[[a-z]+\])?)==", asked, flags=re.MULTILINE))
    assert {re.split(r"[=>]", one)[0] for one in project["dependencies"]} == pinned - {"setuptools", "durable_rules"}
    assert re.search(rf"^{re.escape(project['optional-dependencies']['matcher'][0])}\b", asked, flags=re.MULTILINE)


def test_the_starter_is_part_of_the_package() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["cli"]
    files = {path for path in STARTER.rglob("*") if path.is_file()}
    assert {path for pattern in data for path in (ROOT / "cli").glob(pattern) if path.is_file()} == files


def test_the_page_names_files_that_there_are() -> None:
    text = PAGE.read_text()
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", text)
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
    assert (ROOT / "schemas" / "rules.schema.json").name in text
