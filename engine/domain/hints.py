"""What a sender may have meant by an unknown word."""

import difflib
from collections.abc import Collection
from typing import Final

from engine.domain import former_words

LONGEST_SHOWN: Final = 60


def did_you_mean(got: object, known: Collection[str]) -> str:
    """`; did you mean "total"?`, or nothing when nothing is near."""
    now = former_words.ALL.get(got) if isinstance(got, str) else None
    if now is not None and now in known:
        return f'; it is called "{now}" now'
    near = difflib.get_close_matches(str(got)[:LONGEST_SHOWN], list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""
