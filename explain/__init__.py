"""The explanation of a decision: `explain` builds it as a tree of values, `tell` renders it in sentences."""

from explain.build import explain
from explain.catalogue import LANGUAGES, language_of
from explain.known import Known, known_of
from explain.render import render_other_rules, tell
from explain.tree import Explanation

__all__ = ["LANGUAGES", "Explanation", "Known", "explain", "known_of", "language_of", "render_other_rules", "tell"]
