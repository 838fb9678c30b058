"""Running benchmarks/inside/probe.py on a tree, in a process of its own."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.services import Tree, environment

PROBE = Path(__file__).parent / "inside" / "probe.py"


def probe(tree: Tree, *arguments: str | Path, under: Sequence[str] = (), extra: Mapping[str, str] | None = None) -> Any:
    """What the probe prints, parsed. SystemExit when it fails, or has measured the code of another tree.

    `under`: a command that runs the probe, such as valgrind. `extra`: variables of its environment.
    """
    last = output(tree, *arguments, under=under, extra=extra).splitlines()[-1]  # after what the tree may log
    found = json.loads(last)
    if Path(found.pop("tree")) != tree.root.resolve():
        raise SystemExit(f"the probe of {tree.root} has measured another tree")
    return found


def shop_log(tree: Tree, to: Path) -> Path:
    """The example shop's year as this tree generates it, written to a file."""
    to.write_bytes(output(tree, "shop-log"))
    return to


def output(
    tree: Tree, *arguments: str | Path, under: Sequence[str] = (), extra: Mapping[str, str] | None = None
) -> bytes:
    command = [*under, str(tree.python), str(PROBE), *map(str, arguments)]
    settings = environment(tree, {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", **(extra or {})})
    done = subprocess.run(command, cwd=tree.root, env=settings, capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise SystemExit(f"probe {' '.join(map(str, arguments))} of {tree.root} failed:\n{said}")
    return done.stdout
