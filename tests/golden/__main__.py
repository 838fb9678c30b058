"""`python -m tests.golden --write` writes the golden files anew; `--cdnow FILE` writes CDNOW's decisions in full."""

import argparse
from pathlib import Path

from tests.golden import sources
from tests.golden.decisions import block
from tests.golden.files import FILES, FOLDER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", nargs="*", metavar="NAME", choices=[[], *FILES], help="which (default: all)")
    parser.add_argument("--cdnow", type=Path, metavar="FILE", help="all decisions of CDNOW, to compare revisions")
    asked = parser.parse_args()
    if asked.cdnow:
        asked.cdnow.write_text("".join(block(name, one) for name, one in sources.of_cdnow()), encoding="utf-8")
    elif asked.write is None:
        parser.error("one of --write and --cdnow is needed")
    else:
        for name in asked.write or FILES:
            (FOLDER / name).write_text(FILES[name](), encoding="utf-8")


if __name__ == "__main__":
    main()
