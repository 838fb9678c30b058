"""A rulebook's files as one value: what is in it, and what is not."""

import os
from pathlib import Path

import pytest

from engine.rulebook.bundle import digest_of, pack, read_bundle, rule_tests_of, unpack
from engine.rulebook.findings import RulebookError
from engine.rulebook.load import load, load_texts
from engine.rulebook.source import MAX_BYTES
from tests.support.books import RULES


def test_a_bundle_holds_the_tests_and_loads_as_its_folder_does() -> None:
    bundle = read_bundle(RULES)
    assert {name.partition("/")[0] for name in rule_tests_of(bundle)} == {"tests"}
    book, findings = load_texts(bundle)
    assert book is not None
    assert book.revision == load(RULES).revision
    assert [finding for finding in findings if finding.place.file.startswith("tests/")] == []


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


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "shop.yaml")
    with pytest.raises(RulebookError, match="not a file"):
        read_bundle(tmp_path)


def test_of_a_file_that_is_too_large_no_more_is_read_than_tells_it(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_bytes(b"#" * (MAX_BYTES * 3))
    assert len(read_bundle(tmp_path)["shop.yaml"]) == MAX_BYTES + 1


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="missing-folder"):
        read_bundle(tmp_path / "nowhere")


def test_comments_and_tests_change_the_digest_and_not_the_revision() -> None:
    bundle = read_bundle(RULES)
    other = bundle | {"shop.yaml": bundle["shop.yaml"] + b"# so it is\n"}
    fewer = {name: content for name, content in bundle.items() if not name.startswith("tests/")}
    assert len({digest_of(bundle), digest_of(other), digest_of(fewer)}) == 3
    assert {book.revision for book, _ in map(load_texts, (bundle, other, fewer)) if book} == {load(RULES).revision}


def test_where_a_name_ends_counts_in_the_digest() -> None:
    assert digest_of({"a": b"bc"}) != digest_of({"ab": b"c"})


def test_what_is_packed_is_unpacked_byte_for_byte() -> None:
    bundle = {"actions/wachstum.yaml": "größer\n".encode(), "a\nb.yaml": b"\xff\x00\n", "empty.yaml": b""}
    assert unpack(pack(bundle)) == bundle
    assert pack(bundle) == pack(dict(reversed(bundle.items())))
    assert unpack(pack({})) == {}
