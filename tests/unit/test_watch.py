"""The watcher of a folder: what is whole and right is published, what is half saved or broken is not."""

import shutil
from pathlib import Path

import pytest

from authoring.proof import prove_here
from benchmarks.versions import version
from engine.domain.errors import StateUnavailable
from engine.rulebook.bundle import Bundle
from runtime.rule_folder import read_bundle
from runtime.watch import Watcher
from service.publishing import PublishedMeanwhile, Publishing
from storage.memory import MemoryRevisions
from tests.support.books import NOW
from tests.support.publishing import SERVED


def write(folder: Path, files: Bundle) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


class Folder:
    """A folder with a watcher, and what was told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[str] = []
        self.revisions = MemoryRevisions(50)
        self.tried = 0
        self.publishing = Publishing(self.revisions, lambda: SERVED, lambda: NOW, self._prove, dict)
        self.watcher = Watcher(lambda: read_bundle(path), self.publishing, self.told.append)

    def _prove(self, files: Bundle):
        self.tried += 1
        return prove_here(files)

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.watcher.look()

    def published(self) -> list[str]:
        """The words of what was published, oldest first."""
        found = [self.publishing.revision(str(one.number))[1] for one in reversed(self.publishing.history())]
        return [files["tests/words.yaml"].partition(b"is told ")[2].partition(b'"')[0].decode() for files in found]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    write(tmp_path / "rules", version("red"))
    return Folder(tmp_path / "rules")


def test_what_the_folder_says_is_published_at_the_start_and_whenever_it_changes(folder: Folder) -> None:
    folder.look(5)
    assert folder.published() == ["red"]
    write(folder.path, version("green"))
    folder.look(5)
    assert folder.published() == ["red", "green"]
    assert folder.told == ["published as number 1", "published as number 2"]
    assert folder.publishing.history()[0].author == "watch"


def test_nothing_is_published_before_it_was_the_same_in_two_looks(folder: Folder) -> None:
    folder.look()
    new = version("green")
    for name in new:  # somebody saves one file after the other
        write(folder.path, {name: new[name]})
        folder.look(1)
    assert folder.published() == ["red"]
    folder.look(1)
    assert folder.published() == ["red", "green"]


def test_a_broken_save_is_told_once_and_the_next_one_is_published(folder: Folder) -> None:
    folder.look()
    write(folder.path, {"operation.yaml": b"rules: [half a sen"})
    folder.look(6)
    assert (folder.published(), folder.tried) == (["red"], 2)
    assert "operation.yaml:2:1: error yaml-syntax" in folder.told[-1]
    assert folder.told[-1].endswith("the rulebook has 1 error; nothing was published")
    assert len(folder.told) == 2
    write(folder.path, version("blue"))
    folder.look()
    assert folder.published() == ["red", "blue"]


def test_a_failed_test_is_told_with_what_it_got(folder: Folder) -> None:
    folder.look()
    write(
        folder.path,
        {"tests/words.yaml": version("red")["tests/words.yaml"].replace(b'first": "say-red', b'first": "none')},
    )
    folder.look()
    assert "expected  " in folder.told[-1]
    assert "say-red" in folder.told[-1]


def test_what_is_undone_in_the_folder_is_published_again(folder: Folder) -> None:
    for word in ("red", "green", "red"):
        write(folder.path, version(word))
        folder.look()
    assert folder.published() == ["red", "green", "red"]


def test_a_file_that_is_touched_and_not_changed_is_no_change(folder: Folder) -> None:
    folder.look()
    for path in folder.path.rglob("*.yaml"):
        path.touch()
    folder.look()
    assert folder.tried == 1


def test_a_folder_that_goes_away_is_told_and_what_comes_back_is_published(folder: Folder) -> None:
    folder.look()
    shutil.move(folder.path, folder.path.with_name("away"))
    folder.look(4)
    assert folder.told[-1].endswith("nothing was published")
    shutil.move(folder.path.with_name("away"), folder.path)
    write(folder.path, version("green"))
    folder.look()
    assert folder.published() == ["red", "green"]


def test_a_config_map_that_is_swapped_by_its_link_is_published_as_a_whole(tmp_path: Path) -> None:
    mount = tmp_path / "mount"
    for word in ("red", "green"):
        write(mount / f"..{word}", version(word))
    (mount / "..data").symlink_to("..red")
    for name in sorted({name.partition("/")[0] for name in version("red")}):
        (mount / name).symlink_to(f"..data/{name}")
    folder = Folder(mount)
    folder.look()
    (mount / "..data_tmp").symlink_to("..green")
    (mount / "..data_tmp").rename(mount / "..data")
    folder.look()
    assert folder.published() == ["red", "green"]


@pytest.mark.parametrize("error", [StateUnavailable("gone"), PublishedMeanwhile("by somebody")])
def test_what_could_not_be_stored_is_tried_again_at_the_next_look(
    folder: Folder, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.look(1)
    with monkeypatch.context() as patched:

        def fails(*_: object) -> None:
            raise error

        patched.setattr(folder.publishing, "publish", fails)
        for _ in range(3):
            with pytest.raises(type(error)):
                folder.watcher.look()
    folder.look(1)
    assert folder.published() == ["red"]


def test_two_watchers_of_the_same_folder_publish_it_once(folder: Folder) -> None:
    other = Watcher(lambda: read_bundle(folder.path), folder.publishing, folder.told.append)
    for _ in range(3):
        folder.look(1)
        other.look()
    assert folder.published() == ["red"]
    assert folder.told == ["published as number 1"]
