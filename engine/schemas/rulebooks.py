"""Rulebooks received over HTTP: every file as text, with the publication's fields."""

from typing import Any, Final

from marshmallow import ValidationError

from engine.rulebook.bundle import MAX_BUNDLE
from engine.schemas.base import MAX_PROBLEMS, NO_MONEY, Base, Message, Refused, Strict, load
from engine.schemas.fields import Flag, Id, Text, wrong_type
from engine.schemas.nested import object_schema

MAX_FILES: Final = 1_000
MAX_PATH: Final = 200
_EXAMPLE: Final = "such as actions/growth.yaml"


class Files(Strict):
    """Path within the rulebook's folder -> content, read to bytes."""

    def read(self, value: Any) -> dict[str, bytes]:
        if type(value) is not dict:
            raise wrong_type("an object", value)
        if not 0 < len(value) <= MAX_FILES:
            raise Refused("length", f"must have 1 to {MAX_FILES:,} files, not {len(value):,}")
        for path, text in value.items():
            _refuse_path(path)
            if type(text) is not str:
                raise wrong_type("a text", text)
        files = {path: text.encode() for path, text in value.items()}
        size = sum(map(len, files.values()))
        if size > MAX_BUNDLE:
            raise Refused("size", f"must have at most {MAX_BUNDLE:,} bytes together, not {size:,}")
        return files

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        """What is wrong with a single file has a pointer of its own."""
        try:
            return self.read(value)
        except Refused as refused:
            found = _wrong_files(value) if type(value) is dict and len(value) <= MAX_FILES else {}
            raise ValidationError(found or [Message.of(refused.code, str(refused))]) from None

    def json_schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MAX_FILES,
            "propertyNames": {"maxLength": MAX_PATH, "pattern": r"^[^/\\]+(/[^/\\]+)*$"},
            "additionalProperties": {"type": "string"},
        }


def _refuse_path(path: str) -> None:
    parts = path.split("/")
    if len(path) > MAX_PATH:
        raise Refused("length", f"a path has at most {MAX_PATH} characters, not {len(path):,}")
    if not path.isprintable() or "\\" in path or any(part in ("", ".", "..") for part in parts):
        raise Refused("path", f"must be a path within the rulebook's folder, {_EXAMPLE}")


def _wrong_files(files: dict[str, Any]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    for path, text in files.items():
        try:
            _refuse_path(path)
            if type(text) is not str:
                raise wrong_type("a text", text)
        except Refused as refused:
            found[path] = [Message.of(refused.code, str(refused))]
        if len(found) > MAX_PROBLEMS:
            break
    return found


class RulebookFiles(Base):
    files = Files(required=True, about=f"Path within the rulebook's folder ({_EXAMPLE}) -> content; tests/ too")


class _Said(Base):
    author = Id(about="Author (default: the name of the API key)")
    message = Text(about="Reason, shown in the history")
    expects = Id(about="Fail with 409 unless this is the published number or revision (optimistic lock)")


class PublishedFiles(_Said, RulebookFiles):
    strict = Flag(load_default=False, about="Refuse it on warnings, too")
    anyway = Flag(
        load_default=False, about="Publish it even if it sends marketing and no customer has given a consent for it"
    )


class Rollback(_Said):
    to = Id(about="Number or revision, at least 8 digits (default: the previous publication)")


_files: Final = RulebookFiles(NO_MONEY)
_published: Final = PublishedFiles(NO_MONEY)
_rollback: Final = Rollback(NO_MONEY)


def load_files(raw: object) -> dict[str, bytes]:
    """The files of a rulebook from parsed JSON. InvalidInput lists all errors, with JSON pointers."""
    files: dict[str, bytes] = load(_files, raw)["files"]
    return files


def load_publication(raw: object) -> dict[str, Any]:
    """`files`, `strict`, `anyway`, and `author`, `message`, `expects` where they are said. InvalidInput."""
    return load(_published, raw)


def load_rollback(raw: object) -> dict[str, Any]:
    """`to`, `author`, `message`, `expects`, those that are said. InvalidInput."""
    return load(_rollback, raw)


def rulebook_json_schemas() -> dict[str, Any]:
    """JSON Schemas of the bodies, by name."""
    bodies = {"RulebookFiles": RulebookFiles, "Publication": PublishedFiles, "Rollback": Rollback}
    return {name: object_schema(schema) for name, schema in bodies.items()}
