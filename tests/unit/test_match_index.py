"""The index answers as the loop over all subscriptions does, whatever they ask and whatever the article says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.match.evaluate import explain, matches
from services.match.facts import Facts
from services.match.index import Index
from services.model.subscription import Sets, Subscription
from services.model.tagged import ActorTag, DyadTag, RelationTag, TaggedArticle, TopicTag, band_of
from tests.tagged_samples import tagged

AREAS, TOPICS = ("security", "migration", "mining"), ("lithium", "visas", "prisons")
COUNTRIES = ("AR", "BO", "CL", "PE", "EU")
KINDS, STANCES = ("propose", "agree", "reject"), ("propose", "cooperate", "reject")
PATTERNS = ("litio", "lit*", "acuerdo de litio", "*erdo", "acuerdo d* litio", "Perú", "no existe", "a")
TEXTS = ("Acuerdo de litio.", "El ACUERDO del litio en Peru", "a", "Perú acuerda; de litio", "acuerdo", "")
CONFIDENCES = (0.4, 0.6, 0.75, 0.8, 1.0)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def sets(values: tuple[str, ...]) -> st.SearchStrategy[Sets]:
    return st.builds(Sets, any=some(values), all=some(values), none=some(values))


PAIRS = ("CL-PE", "AR-BO", "CL-*", "PE-*", "CL-EU")
SUBSCRIPTIONS = st.lists(
    st.builds(
        Subscription,
        id=st.just("s"),
        areas=some(AREAS),
        topics=some(TOPICS),
        countries=st.one_of(st.just(Sets()), sets(COUNTRIES)),
        pairs=some(PAIRS),
        stances=some(STANCES),
        kinds=some(KINDS),
        words=st.one_of(st.just(Sets()), sets(PATTERNS)),
        languages=some(("es", "pt")),
        outlet_countries=some(("CL", "PE")),
        min_confidence=st.sampled_from(CONFIDENCES),
        enabled=st.sampled_from((True, True, True, False)),
    ),
    max_size=12,
)


@st.composite
def articles(draw: st.DrawFn) -> TaggedArticle:
    """Up to three topics, relations and dyads over a small world."""
    base = tagged()
    cue = base.tags.relations[0].evidence
    relations = [
        RelationTag(
            id=f"r{i}",
            kind=draw(st.sampled_from(KINDS)),
            sign="neutral",
            actors=draw(some(COUNTRIES)),
            recipients=draw(some(COUNTRIES)),
            topics=draw(some(TOPICS)),
            negated=draw(st.booleans()),
            tense=draw(st.sampled_from(("past", "historical"))),
            hypothetical=False,
            quoted=False,
            confidence=0.9,
            evidence=cue,
            why=(),
        )
        for i in range(draw(st.integers(0, 3)))
    ]
    sides = st.lists(st.sampled_from(COUNTRIES), min_size=2, max_size=2, unique=True).map(lambda x: tuple(sorted(x)))
    dyads = [
        DyadTag(
            pair=draw(sides),
            area=draw(st.sampled_from(AREAS)),
            stance=draw(st.sampled_from(STANCES)),
            confidence=draw(st.sampled_from(CONFIDENCES)),
            relations=draw(some(("r0", "r1", "r2"))),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    topics = []
    for _ in range(draw(st.integers(0, 2))):
        confidence = draw(st.sampled_from(CONFIDENCES))
        topics.append(
            TopicTag(
                id=draw(st.sampled_from(TOPICS)),
                area=draw(st.sampled_from(AREAS)),
                confidence=confidence,
                band=band_of(confidence),
                evidence=cue,
            )
        )
    actors = [ActorTag(country=each, how="state", evidence=cue) for each in draw(some(COUNTRIES))]
    article = replace(
        base.article,
        title=draw(st.sampled_from(TEXTS)),
        text=draw(st.sampled_from(TEXTS)),
        outlet_country=draw(st.sampled_from(("CL", "PE", None))),
    )
    tags = replace(
        base.tags,
        lang=draw(st.sampled_from(("es", "pt", "en"))),
        topics=tuple(topics),
        actors=tuple(actors),
        relations=tuple(relations),
        dyads=tuple(dyads),
    )
    return replace(base, article=article, tags=tags)


@settings(max_examples=300, deadline=None)
@given(SUBSCRIPTIONS, articles())
def test_index_and_loop_agree(subscriptions: list[Subscription], article: TaggedArticle) -> None:
    """Exactly, and the explanation agrees with both."""
    facts = Facts(article)
    by_loop = [each for each in subscriptions if matches(each, facts)]
    assert Index(subscriptions).matching(facts) == by_loop
    assert [each for each in subscriptions if explain(each, facts).matched] == by_loop


def test_many_subscriptions_with_words_of_their_own() -> None:
    """Rare words are kept as short lists; the answer is the same."""
    subscriptions = [
        Subscription(id=str(i), words=Sets(any=(f"palabra{i}",), none=("nunca",) if i % 2 else ())) for i in range(3000)
    ]
    article = tagged(text="Dicen palabra7 y palabra2999, nunca palabra3000. propuso")
    facts = Facts(article)
    found = [each.id for each in Index(subscriptions).matching(facts)]
    assert found == [each.id for each in subscriptions if matches(each, facts)] == []
    article = tagged(text="Dicen palabra7, palabra12 y palabra2999. propuso")
    assert [each.id for each in Index(subscriptions).matching(Facts(article))] == ["7", "12", "2999"]
