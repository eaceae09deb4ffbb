"""Tagged articles and alerts for the tests of matching and delivery, built from a few words each."""

from __future__ import annotations

from services.model.alert import Alert, Stamps, alert_id
from services.model.article import Article, article_id, content_digest
from services.model.delivery import NewDelivery, delivery_id, endpoint_id
from services.model.finding import Finding, NewAlert
from services.model.tagged import (
    ActorTag,
    DyadTag,
    Evidence,
    RelationTag,
    Tagged,
    TaggedArticle,
    TopicTag,
    band_of,
)

TITLE = "Presidente electo de Chile propone a Perú un corredor humanitario"
TEXT = (
    "Lima recibió la visita este martes. El presidente electo de Chile propuso a Perú abrir un corredor humanitario "
    "para los migrantes. El gobierno peruano aún no responde."
)


def evidence(text: str, phrase: str, rule: str, field: str = "text") -> Evidence:
    """The first occurrence of a phrase."""
    start = text.index(phrase)
    return Evidence(field=field, start=start, end=start + len(phrase), text=phrase, rule=rule)  # type: ignore[arg-type]


def tagged(
    name: str = "a",
    version: int = 1,
    *,
    area: str = "migration",
    topic: str = "humanitarian_corridor",
    pair: tuple[str, str] = ("CL", "PE"),
    stance: str = "propose",
    kind: str = "propose",
    confidence: float = 0.9,
    lang: str = "es",
    title: str = TITLE,
    text: str = TEXT,
    backfill: bool = False,
    seen: float = 1000.0,
    negated: bool = False,
) -> TaggedArticle:
    """One topic and one relation with evidence in the second sentence."""
    cue = evidence(text, "propuso", "kind.propose") if "propuso" in text else evidence(text, text[:3], "kind.x")
    about = evidence(text, "corredor humanitario", topic) if "corredor humanitario" in text else cue
    article = Article(
        id=article_id(name),
        version=version,
        digest=content_digest(title, text),
        url=f"https://example.org/{name}",
        title=title,
        text=text,
        feed="https://example.org/feed",
        outlet="El Faro",
        seen=seen,
        published=seen - 60,
        outlet_country="CL",
        backfill=backfill,
    )
    relation = RelationTag(
        id="r1",
        kind=kind,  # type: ignore[arg-type]
        sign="cooperation",
        actors=(pair[0],),
        recipients=(pair[1],),
        topics=(topic,),
        negated=negated,
        tense="past",
        hypothetical=False,
        quoted=False,
        confidence=confidence,
        evidence=(cue,),
        why=("cue 0.9",),
    )
    tags = Tagged(
        id=article.id,
        lang=lang,
        topics=(
            TopicTag(id=topic, area=area, confidence=confidence, band=band_of(confidence), evidence=(about,)),  # type: ignore[arg-type]
        ),
        actors=tuple(ActorTag(country=each, how="state", evidence=(cue,)) for each in pair),
        relations=(relation,),
        dyads=(
            DyadTag(
                pair=tuple(sorted(pair)),  # type: ignore[arg-type]
                area=area,  # type: ignore[arg-type]
                stance=stance,  # type: ignore[arg-type]
                confidence=confidence,
                relations=("r1",),
            ),
        ),
        blocked=(),
    )
    return TaggedArticle(article=article, tags=tags, rules_version="rules-1", tagged_at=seen + 1)


def alert(name: str = "a", subscription: str = "s", version: int = 1) -> Alert:
    """A small alert."""
    story = article_id(name)
    return Alert(
        id=alert_id(subscription, story, "first"),
        subscription=subscription,
        story=story,
        development="first",
        article=story,
        version=version,
        digest="d",
        title=f"Título {name}",
        url=f"https://example.org/{name}",
        outlet="El Faro",
        lang="es",
        areas=("mining",),
        topics=("lithium",),
        countries=("CL", "PE"),
        pairs=("CL-PE",),
        stamps=Stamps(seen=1000.0, tagged=1001.0, matched=1002.0),
    )


def finding(
    name: str = "a",
    subscriptions: tuple[str, ...] = ("s",),
    version: int = 1,
    addresses: tuple[str, ...] = ("https://r.example/1",),
) -> Finding:
    """Its alerts for these subscriptions, each to be delivered to these webhook addresses."""
    alerts = []
    for each in subscriptions:
        made = alert(name, each, version)
        rows = tuple(
            NewDelivery(
                delivery_id(each, made.story, "first", "webhook", to), endpoint_id("webhook", to), "webhook", to
            )
            for to in addresses
        )
        alerts.append(NewAlert(made, ("mining.CL", "mining.PE", "mining.CL-PE"), rows))
    return Finding(article_id(name), version, tuple(alerts))
