"""What was recommended, told: why, with which score, products and words, and for how long."""

from collections.abc import Iterator

from explain.pieces import Given
from explain.speaker import Speaker, number, percent
from explain.tell_conditions import carrying
from explain.tree import Explanation


def given_lines(one: Given, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """Why, with which score, products and words, for how long."""
    given = one.recommendation
    if given.again:
        yield speaker.say("explanation.again")
    yield speaker.say("explanation.why", why=given.why, rule=given.rule)
    yield from _because(given.rule, told, speaker)
    yield _score(one, speaker)
    if given.products:
        named = (
            speaker.say("explanation.product", sku=p.sku, role=p.role) if p.role else p.sku for p in given.products
        )
        yield speaker.say("explanation.products", products=speaker.joined(named))
    if given.content.fields:
        text = " / ".join(given.content.fields.values())
        yield speaker.say("explanation.text", language=given.content.language, text=text)
    if given.effect.get("type", "none") != "none":
        effect = speaker.joined(f"{name} {value}" for name, value in given.effect.items())
        yield speaker.say("explanation.effect", effect=effect)
    if given.deliver_after is not None:
        yield speaker.at("explanation.held-until", given.deliver_after)
    yield speaker.at("explanation.expires", given.expires_at)


def _because(rule: str, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """The facts that made the rule hold."""
    found = next((one for one in told.rules if one.rule == rule and one.held), None)
    if found is None:
        return
    facts = dict.fromkeys((leaf.fact or "", leaf.actual) for leaf in carrying(found.when))
    said = [speaker.say("explanation.fact-is", fact=fact, value=speaker.value(fact, value)) for fact, value in facts]
    if said:
        yield speaker.say("explanation.because", facts=speaker.joined(said, "list.clauses"))


def _score(one: Given, speaker: Speaker) -> str:
    """The formula of the score in words."""
    score, said, cost = number(one.recommendation.score), [], ""
    for factor in one.factors:
        because = speaker.listed(factor.because)
        match factor.name:
            case "propensity":
                name = "propensity-measured" if factor.evidence else "propensity"
                said.append(
                    speaker.say(f"explanation.factor-{name}", by=percent(factor.by), evidence=round(factor.evidence))
                )
            case "value":
                said.append(speaker.say("explanation.factor-value", by=speaker.money(factor.by)))
            case "cost":
                cost = speaker.say("explanation.cost", by=speaker.money(factor.by))
            case name:
                message = f"explanation.factor-{name}-because" if because else f"explanation.factor-{name}"
                said.append(speaker.say(message, by=f"{factor.by:g}", because=because))
    if not said:
        return speaker.say("explanation.score-only", score=score)
    return speaker.say("explanation.score", score=score, factors=speaker.joined(said, "explanation.times") + cost)
