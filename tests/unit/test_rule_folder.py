"""A folder of rule files: which of them are read, and what is reported of those that cannot be."""

import os
import sys
from pathlib import Path

import pytest

from authoring.checking import check, check_texts, load
from engine.rulebook.findings import RulebookError
from engine.rulebook.source import MAX_BYTES
from runtime.rule_folder import read_bundle
from tests.support.small_book import BOOK, changed


def write(folder: Path, texts: dict[str, str]) -> Path:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_a_folder_and_its_texts_give_the_same_rulebook(tmp_path: Path) -> None:
    assert load(write(tmp_path, BOOK)) == check_texts(BOOK)[0]


def test_load_raises_with_all_findings(tmp_path: Path) -> None:
    write(tmp_path, changed("operation.yaml", "{at_least: 2}", "{gte: 2}"))
    with pytest.raises(RulebookError, match="unknown-operator") as caught:
        load(tmp_path)
    assert [finding.code for finding in caught.value.findings] == ["unknown-operator"]


def test_tests_hidden_files_and_other_kinds_of_files_are_left_alone(tmp_path: Path) -> None:
    extra = {"tests/a.yaml": "x: [", ".hidden.yaml": "x: [", "README.md": "[", ".git/a.yaml": "x: ["}
    rulebook, findings = check(write(tmp_path, {**BOOK, **extra}))
    assert (rulebook is not None, findings) == (True, [])


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    rulebook, findings = check(tmp_path / "nowhere")
    assert rulebook is None
    assert [(f.code, f.message) for f in findings] == [("missing-folder", "No such file or directory")]


def test_a_file_in_place_of_the_folder_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert [f.code for f in check(tmp_path / "file")[1]] == ["missing-folder"]


def test_a_yml_file_gets_a_hint(tmp_path: Path) -> None:
    findings = check(write(tmp_path, {**BOOK, "service.yml": "rules: []"}))[1]
    assert [(f.code, f.hint) for f in findings] == [("unknown-file", "did you mean service.yaml?")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, BOOK)
    (tmp_path / "service.yaml").symlink_to(tmp_path / "gone")
    found = [(str(f.place), f.code) for f in check(tmp_path)[1]]
    assert found == [("service.yaml:1:1", "unreadable-file")]


def test_an_unreadable_file_and_a_mistake_in_another_are_reported_together(tmp_path: Path) -> None:
    write(tmp_path, changed("operation.yaml", "{at_least: 2}", "{gte: 2}"))
    (tmp_path / "service.yaml").symlink_to(tmp_path / "gone")
    rulebook, findings = check(tmp_path)
    assert (rulebook, [finding.code for finding in findings]) == (None, ["unknown-operator", "unreadable-file"])


def test_links_to_files_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "data", BOOK)
    (tmp_path / "rules").mkdir()
    for name in BOOK:
        link = tmp_path / "rules" / name
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(tmp_path / "data" / name)
    assert load(tmp_path / "rules") == check_texts(BOOK)[0]


# ---- every file, tests too ----


def test_hidden_files_and_what_is_no_yaml_stay_out(tmp_path: Path) -> None:
    for name in ("shop.yaml", ".hidden.yaml", "README.md", "shop.yaml~", "more.yml"):
        (tmp_path / name).write_text("a: 1")
    assert list(read_bundle(tmp_path)) == ["more.yml", "shop.yaml"]


def test_links_are_followed_as_kubernetes_lays_them_and_a_circle_of_them_ends(tmp_path: Path) -> None:
    data = tmp_path / "..2026_01"
    (data / "actions").mkdir(parents=True)
    (data / "actions" / "growth.yaml").write_text("actions: []")
    (tmp_path / "..data").symlink_to(data.name)
    (tmp_path / "actions").symlink_to("..data/actions")
    for number in range(12):
        (tmp_path / f"circle{number}").symlink_to(".")
    assert read_bundle(tmp_path) == {"actions/growth.yaml": b"actions: []"}


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "shop.yaml")
    with pytest.raises(RulebookError, match="not a file"):
        read_bundle(tmp_path)


def test_no_more_of_a_large_file_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_bytes(b"#" * (MAX_BYTES * 3))
    assert len(read_bundle(tmp_path)["shop.yaml"]) == MAX_BYTES + 1


def test_a_bundle_of_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="missing-folder"):
        read_bundle(tmp_path / "nowhere")


# ---- endings ----


@pytest.mark.parametrize("ending", ["YAML", "Yaml", "YML", "Yml"])
def test_a_file_with_the_ending_in_other_letters_is_named(tmp_path: Path, ending: str) -> None:
    findings = check(write(tmp_path, {**BOOK, f"actions/more.{ending}": "actions: []"}))[1]
    assert [(f.code, f.place.file) for f in findings] == [("unknown-file", f"actions/more.{ending}")]


def test_a_file_with_another_ending_after_yaml_is_a_warning(tmp_path: Path) -> None:
    rulebook, findings = check(write(tmp_path, {**BOOK, "service.yaml.txt": "rules: []"}))
    assert rulebook is not None
    assert [(str(f.severity.value), f.code, f.hint) for f in findings] == [
        ("warning", "unread-file", "rename it to service.yaml, or move it out of the folder")
    ]


@pytest.mark.parametrize("name", ["shop.yaml~", "shop.yaml.bak", "shop.yaml.orig", ".shop.yaml.swp"])
def test_a_backup_beside_a_file_is_no_finding(tmp_path: Path, name: str) -> None:
    assert check(write(tmp_path, {**BOOK, name: "rules: ["}))[1] == []
