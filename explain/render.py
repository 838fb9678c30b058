"""`tell`: render an explanation as sentences, in English or Simplified Chinese."""

from collections.abc import Iterator

from engine.domain.refusal import Outranked
from engine.domain.trigger import INACTIVE, REQUESTED, WAITED
from engine.rulebook.condition import Op
from engine.rulebook.reference import Trace
from explain import refusals
from explain.candidates import Dropped, Given, Place
from explain.catalogue import catalogue
from explain.nearness import leading
from explain.speaker import Speaker, number, percent
from explain.tree import EvaluatedRule, Explanation
from explain.what_if import AboutRule, Change, Wanted, Would

# ---- Unmet conditions: the actual value and the required one ----


INDENT = "  "


def unmet_lines(node: Trace, speaker: Speaker, wanted: bool = True) -> Iterator[str]:
    """Lines about everything below that is not as `wanted`; what belongs together is indented below its heading."""
    if node.holds is wanted:
        return
    if node.kind == "compare":
        yield _comparison(node, speaker, wanted)
        return
    needs_all, each = leading(node.kind, wanted)
    below = [line for child in node.children for line in unmet_lines(child, speaker, each)]
    if node.kind == "segment":
        yield speaker.say("explanation.in-segment" if wanted else "explanation.not-in-segment", segment=node.segment)
    elif needs_all or len(node.children) == 1:
        yield from below
        return
    else:
        yield speaker.say("explanation.one-of-these" if each else "explanation.not-together")
    yield from (INDENT + line for line in below)


def _comparison(node: Trace, speaker: Speaker, wanted: bool) -> str:
    fact = node.fact or ""
    needs = speaker.wanted(fact, (Wanted(node.op or Op.IS, node.expected, wanted),))
    return speaker.say("explanation.condition", fact=fact, actual=speaker.value(fact, node.actual), wanted=needs)


def carrying(node: Trace, wanted: bool = True) -> Iterator[Trace]:
    """The comparisons behind a condition's result; under `none` those that rightly do not hold."""
    if node.kind == "compare":
        if node.holds is wanted:
            yield node
        return
    needs_all, each = leading(node.kind, wanted)
    for child in node.children:
        if needs_all or child.holds is each:
            yield from carrying(child, each)
            if not needs_all:
                return


# ---- Refused candidates: reason, numbers, rivals, and when to retry ----


def dropped_lines(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """The refused candidates, and the withdrawn recommendations."""
    if told.dropped:
        yield speaker.say("explanation.dropped-heading")
    for one in told.dropped:
        yield INDENT + speaker.say(
            "explanation.dropped", action=one.action, rule=one.rule, sentence=sentence(one, speaker)
        )
        yield from (2 * INDENT + line for line in retry_lines(one, speaker))
    if told.withdrawn:
        yield speaker.say("explanation.withdrawn-heading")
    for gone in told.withdrawn:
        where = gone.withdrawal.placement or gone.withdrawal.channel
        said = refusals.sentence(gone.withdrawal.refusal, speaker)
        yield INDENT + speaker.say("explanation.withdrawn", action=gone.withdrawal.action, place=where, sentence=said)


def sentence(one: Dropped, speaker: Speaker) -> str:
    """Why a candidate was refused, with its numbers; of an outranked one, the winner."""
    if one.rivals and isinstance(one.refusal.params, Outranked):
        rivals = [speaker.say("refusal.rival", action=rival.action, score=number(rival.score)) for rival in one.rivals]
        score = number(one.refusal.params.score)
        detail = speaker.say("refusal.outranked", score=score, rivals=speaker.listed(rivals))
        return speaker.say("refusal.sentence", detail=detail)
    return refusals.sentence(one.refusal, speaker)


def retry_lines(one: Dropped, speaker: Speaker) -> Iterator[str]:
    """When to retry, where it is known."""
    if one.retry_after is not None:
        yield speaker.at("explanation.retry", one.retry_after)


# ---- Recommendations: reason, score, products, text and expiry ----


def given_lines(one: Given, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """Reason, score, products, text and expiry."""
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


# ---- Changes needed for one rule to fire ----


def about_lines(about: AboutRule, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """The obstacles of the rule, one line each, and the result for its candidate."""
    yield speaker.say("explanation.about-heading", rule=about.rule, title=about.title)
    lines = [*_obstacles(about, told, speaker), *_conditions(about, told, speaker)]
    if about.fired:
        lines = [speaker.say("explanation.about-fired")]
    if about.would is not None:
        lines += _would(about.would, about, speaker)
    yield from (INDENT + line for line in lines)


def _obstacles(about: AboutRule, told: Explanation, speaker: Speaker) -> Iterator[str]:
    """Obstacles other than facts: its triggers, its status, its dates."""
    if not about.looks:
        triggers = speaker.listed(map(speaker.trigger, about.triggers), "list.or")
        yield speaker.say(
            "explanation.about-triggers", triggers=triggers, trigger=speaker.trigger(told.decision.trigger)
        )
    if about.status != "live":
        yield speaker.say("explanation.about-status", status=speaker.term(about.status))
    begins, ends = about.valid
    if not about.in_dates and begins is not None and told.decision.decided_at < begins:
        yield speaker.at("explanation.about-from", begins)
    elif not about.in_dates and ends is not None:
        yield speaker.at("explanation.about-until", ends)


def _conditions(about: AboutRule, told: Explanation, speaker: Speaker) -> Iterator[str]:
    if about.changes is None:
        yield speaker.say("explanation.about-never")
    elif not about.changes:
        yield speaker.say("explanation.about-holds")
    else:
        yield from (_change(one, told, speaker) for one in about.changes)


def _change(one: Change, told: Explanation, speaker: Speaker) -> str:
    actual = speaker.value(one.fact, one.actual) if one.known else speaker.say("explanation.not-in-record")
    fields = {"fact": one.fact, "actual": actual, "wanted": speaker.wanted(one.fact, one.wanted)}
    sentence = told.vocabulary[one.fact].sentence if one.fact in told.vocabulary else ""
    return speaker.say("explanation.change-with" if sentence else "explanation.change", **fields, sentence=sentence)


def _would(would: Would, about: AboutRule, speaker: Speaker) -> Iterator[str]:
    """The actual or hypothetical result for the candidate."""
    tense = "is" if about.fired else "would-be"
    action = about.then.target
    if would.dropped is not None:
        name = f"explanation.{tense}-dropped" if would.surely else "explanation.would-be-dropped-by-record"
        yield speaker.say(name, action=action, sentence=sentence(would.dropped, speaker))
        yield from (INDENT + line for line in retry_lines(would.dropped, speaker))
    elif would.given is not None:
        given = would.given.recommendation
        where = given.placement or speaker.term("outbound")
        name = f"explanation.{tense}-withheld" if would.withheld else f"explanation.{tense}-given"
        yield speaker.say(name, action=action, place=where, score=number(given.score))
    else:
        yield speaker.say("explanation.would-unknown", action=action)


def tell(explanation: Explanation, language: str = "en", everything: bool = False) -> list[str]:
    """The explanation in sentences, a line each; details are indented below their line.

    `language`: one of `LANGUAGES`. Without `everything` only near misses of the unmatched rules are included, and of
    the facts those that mattered.
    """
    speaker = Speaker(language, explanation.setting)
    return [
        *_head(explanation, speaker),
        *(line for place in explanation.places for line in _place(place, explanation, speaker)),
        *_withheld(explanation, speaker),
        *dropped_lines(explanation, speaker),
        *_held(explanation, speaker),
        *_shadow(explanation, speaker),
        *_unmet(explanation, speaker, everything),
        *(about_lines(explanation.about, explanation, speaker) if explanation.about else ()),
        *_facts(explanation, speaker, everything),
    ]


def render_other_rules(was: str, now: str, language: str = "en") -> str:
    """Reports that a decision was made under other rules than the present (revisions), so it is not explained."""
    return catalogue(language).text("explanation.other-rules", was=was, now=now)


def _head(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """The customer, time and trigger, and the inputs of the decision."""
    decided = told.decision
    fields = {"customer": decided.customer.partition("/")[2], "moment": speaker.moment(decided.decided_at)}
    places = [one.placement for one in told.places if one.placement]
    if decided.trigger == REQUESTED:
        name = "explanation.of-requested" if places else "explanation.of-requested-outbound"
        yield speaker.say(name, **fields, places=speaker.joined(places))
    elif decided.trigger == INACTIVE:
        yield speaker.say("explanation.of-inactive", **fields)
    elif decided.trigger.startswith(WAITED):
        _, event, days = decided.trigger.split(":")
        yield speaker.say("explanation.of-after", **fields, event=event, wait=speaker.counted(int(days), "day"))
    else:
        yield speaker.say("explanation.of-event", **fields, event=decided.trigger)
    standing = [
        speaker.say("explanation.standing-part", name=speaker.term(name), value=speaker.value("", value))
        for name, value in told.standing.items()
        if value is not None
    ]
    if standing:
        yield INDENT + speaker.say("explanation.standing", standing=speaker.joined(standing))
    yield INDENT + speaker.say("explanation.made-with", rulebook=decided.rulebook[:15], snapshot=decided.snapshot)


def _place(place: Place, told: Explanation, speaker: Speaker) -> Iterator[str]:
    where = place.placement or speaker.term("outbound")
    if not place.given and place.reason is not None:
        yield speaker.say("explanation.nothing", place=where, reason=speaker.say(f"reason.{place.reason}"))
    for one in place.given:
        given = one.recommendation
        yield speaker.say("explanation.recommended", place=where, action=given.action, channel=given.channel)
        yield from (INDENT + line for line in given_lines(one, told, speaker))


def _withheld(told: Explanation, speaker: Speaker) -> Iterator[str]:
    for one in told.withheld:
        where = one.recommendation.placement or speaker.term("outbound")
        yield speaker.say("explanation.withheld", place=where, action=one.recommendation.action)
        yield from (INDENT + line for line in given_lines(one, told, speaker))


def _held(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """Rules that held and recommend nothing themselves: they forbid or boost."""
    found = [one for one in told.rules if one.held and one.then.does != "recommend"]
    if found:
        yield speaker.say("explanation.held-heading")
    for one in found:
        yield INDENT + speaker.say("explanation.held", rule=one.rule, title=one.title, then=_then(one, speaker))


def _then(one: EvaluatedRule, speaker: Speaker) -> str:
    then = one.then
    target = then.target
    if then.kind != "action":
        target = speaker.say("explanation.target", kind=speaker.term(then.kind), target=target)
    return speaker.say(f"explanation.then-{then.does}", target=target, by=f"{then.by:g}")


def _shadow(told: Explanation, speaker: Speaker) -> Iterator[str]:
    """The changes that shadow rules would have made."""
    if told.decision.shadow:
        yield speaker.say("explanation.shadow-heading")
    for one in told.decision.shadow:
        place = one.placement or speaker.term("outbound")
        instead = ""
        if one.instead_of:
            instead = speaker.say("explanation.shadow-instead", actions=speaker.listed(one.instead_of))
        yield INDENT + speaker.say(
            f"explanation.shadow-{one.what}", rule=one.rule, action=one.action, place=place, instead=instead
        )


def _unmet(told: Explanation, speaker: Speaker, everything: bool) -> Iterator[str]:
    """The rules that did not hold, each with its unmet conditions."""
    shown = told.shown(everything)
    further = len(told.rules) - len(shown)
    missed = [one for one in shown if not one.held]
    if missed:
        yield speaker.say("explanation.unmet-heading")
    for one in missed:
        named = {"rule": one.rule, "title": one.title}
        if one.unmet == 1:
            yield INDENT + speaker.say("explanation.unmet-one", **named)
        else:
            yield INDENT + speaker.plural("explanation.unmet", one.unmet, **named)
        yield from (2 * INDENT + line for line in unmet_lines(one.when, speaker))
    indent = INDENT * bool(missed)
    if further == 1:
        yield indent + speaker.say("explanation.further-one")
    elif further:
        yield indent + speaker.plural("explanation.further", further)


def _facts(told: Explanation, speaker: Speaker, everything: bool) -> Iterator[str]:
    """The facts that were evaluated, with their descriptions."""
    shown = [one for one in told.facts if everything or one.mattered]
    if shown:
        yield speaker.say("explanation.facts-heading-all" if everything else "explanation.facts-heading")
    for one in shown:
        fact = one.fact
        yield INDENT + speaker.say(
            "explanation.fact", fact=fact.name, value=speaker.value(fact.name, one.value), sentence=fact.sentence
        )
