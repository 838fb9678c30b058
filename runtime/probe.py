"""`python -m runtime.probe FOLDER`: compile a rulebook on durable_rules and try it against the reference matcher.

Run in a child process by `runtime.matchers.probe`; a crash of the C extension ends this process and nothing else.
"""

import sys
from pathlib import Path

from engine.rulebook.probe import probe

from engine.rulebook.load import load


def main() -> int:
    probe(load(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
