"""The story of a decision: `explain` builds it as a tree of values, `tell` puts it into sentences."""

from explain.build import explain
from explain.catalogue import LANGUAGES, language_of
from explain.known import Known, known_of
from explain.render import tell, tell_other_rules
from explain.tree import Explanation

__all__ = ["LANGUAGES", "Explanation", "Known", "explain", "known_of", "language_of", "tell", "tell_other_rules"]
