"""One module for each shape that Patron's internals have had; the newest that fits a tree is used.

`present.py` fits the tree that it is in. A change that breaks it first copies it to `until_<commit>.py`, named after
the last commit that the copy fits, adds that name to `NEWEST_FIRST`, and then rewrites `present.py`. So `make
bench-compare` still measures the older trees. An adapter that does not fit raises ImportError when it is imported.
"""

from importlib import import_module
from types import ModuleType

NEWEST_FIRST = ("present", "until_189ffa5")


def fitting() -> ModuleType:
    """The newest adapter that fits the tree on the path. ImportError with the reasons when none does."""
    reasons = []
    for name in NEWEST_FIRST:
        try:
            return import_module(f"{__name__}.{name}")
        except ImportError as error:
            reasons.append(f"{name}: {error}")
    raise ImportError("no adapter fits this tree: " + "; ".join(reasons))
