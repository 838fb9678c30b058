"""Which folder is the rulebook's when a command names none, and how every command shows the rulebook that it uses."""

import os
from pathlib import Path
from typing import Final

from engine.rulebook.model import Rulebook

VARIABLE: Final = "PATRON_RULES"
USUAL: Final = Path("rules")
SHIPPED: Final = Path(__file__).resolve().parent.parent / "rules"
SHORT: Final = 15
"""Characters of a revision shown: `sha256:` and eight digits."""


def default_folder() -> Path | None:
    """PATRON_RULES, else ./rules; None when there is neither. The folder of PATRON_RULES need not exist."""
    named = os.environ.get(VARIABLE, "").strip()
    if named:
        return Path(named)
    return USUAL if USUAL.is_dir() else None


def served_folder() -> Path:
    """The same for the service, which starts with the shipped rulebook when there is neither."""
    return (default_folder() or SHIPPED).resolve()


def shown(folder: Path) -> str:
    """A folder as commands print it: relative to the working folder if it is inside."""
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(folder)


def identity(folder: Path | str, book: Rulebook | None) -> str:
    """Folder, revision and shop of a rulebook; `book` None: it has errors, so it has no revision."""
    where = shown(folder) if isinstance(folder, Path) else folder
    return f"{where} ({book.revision[:SHORT]}, {book.shop.name})" if book is not None else f"{where} (has errors)"
