from typing import Final

from engine.explain.tree import Explanation

LANGUAGES: Final = ("en", "zh-Hans")


def language_of(tag: str | None) -> str:
    return "zh-Hans" if tag and tag.lower().split("-")[0] == "zh" else "en"


def tell(explanation: Explanation, language: str = "en", everything: bool = False) -> list[str]:
    lines = []
    for place in explanation.places:
        for one in place.given:
            lines.append(f"recommended: {one.recommendation.action}, because {one.recommendation.why}")
    lines += [f"not {one.action}: {one.reason}, {one.detail}" for one in explanation.dropped]
    return lines
