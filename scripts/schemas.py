"""schemas/: the JSON Schemas of the shipped rulebook's files. `make docs` writes them, a test compares them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from authoring.checking import load
from authoring.file_schemas import schemas_for
from cli.schema import schema_text

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "schemas"


@cache
def written() -> Mapping[str, str]:
    """File name -> text, as they are to be."""
    return {name: schema_text(schema) for name, schema in schemas_for(load(ROOT / "rules")).items()}


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name, text in written().items():
        (OUT / name).write_text(text, encoding="utf-8")
