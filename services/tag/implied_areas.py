"""Areas that an article has because states act in them, though its own words for the area are few.

A wire report says "both ministers signed the protocol on stolen trucks" and has no sentence that a topic rule calls
telling: it is the dyad that makes it an article about security. Such an area is likely, never firm.

    tags = with_implied(document, hits, topics, drafts, scored)

Owns this step only. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.model.tagged import AREAS, LIKELY, Area, TopicTag, band_of
from services.tag import topic_score
from services.tag.dyads import Scored
from services.tag.hits import Hit
from services.tag.relations.draft import Draft
from services.tag.text import Document

_SURE = 0.72  # of a dyad: between likely and firm, where four of five are right
_MOST = 0.79  # below firm: the words of the article did not reach it by themselves


def with_implied(
    document: Document,
    hits: Sequence[Hit],
    topics: Sequence[TopicTag],
    drafts: Sequence[Draft],
    scored: Sequence[Scored],
) -> tuple[TopicTag, ...]:
    """The topics, and those of every area that is not likely by itself but in which some dyad is nearly firm."""
    likely = {topic.area for topic in topics if topic.confidence >= LIKELY}
    sure = {one.case.area: one for one in scored if one.confidence >= _SURE and one.case.area not in likely}
    if not sure:
        return tuple(topics)
    kept = [topic for topic in topics if topic.area not in sure]
    for area in AREAS:
        if area in sure:
            kept += _tags(document, [hit for hit in hits if hit.area == area], area, drafts, sure[area])
    return tuple(sorted(kept, key=lambda tag: (-tag.confidence, tag.id)))


def _tags(
    document: Document, hits: Sequence[Hit], area: Area, drafts: Sequence[Draft], one: Scored
) -> list[TopicTag]:
    """The area's topics by their own matches; where there are none, what the cues are about."""
    value = round(min(_MOST, one.confidence), 4)
    found = topic_score.area_tags(document, hits, value, LIKELY)
    if found:
        return found
    for index in sorted(one.case.drafts, key=lambda index: (index != one.best, index)):
        draft = drafts[index]
        topic = draft.hit.cue.topic
        if topic is not None and any(near.where == "cue" and near.area == area for near in draft.topics):
            evidence = (draft.frame.field.evidence(draft.hit.start, draft.hit.end, draft.hit.rule),)
            return [TopicTag(id=topic, area=area, confidence=value, band=band_of(value), evidence=evidence)]
    return []
