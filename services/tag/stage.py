"""The tag stage: articles in, tagged articles out; rules are reloaded when their files change.

Touches no port. An article without a topic, or in a language that is not tagged, is not passed on and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services import telemetry
from services.model.article import Article
from services.model.tagged import TaggedArticle
from services.stage import Drop, Handled
from services.tag.live import LiveTagger
from services.tag.tagger import Tagger
from services.telemetry import log


class TagStage:
    """See `stage.Stage`."""

    def __init__(self, rules: LiveTagger, clock: Callable[[], float]) -> None:
        self._rules = rules
        self._clock = clock

    def handle(self, items: Sequence[Article]) -> Sequence[Handled]:
        """Tags each article under the rules of this moment."""
        tagger = self._rules.current()
        return [self._tag(tagger, article) for article in items]

    def _tag(self, tagger: Tagger, article: Article) -> Handled:
        tags = tagger.tag(article)
        if tags.unsupported:
            return Handled(dropped=[Drop(article.id, "unsupported_language")])
        if not tags.topics:
            return Handled(dropped=[Drop(article.id, "no_topic")])
        now = self._clock()
        if not article.page_read:  # its first coming counts; the page's wait for its host is no delay of ours
            telemetry.END_TO_END.labels("seen", "tagged").observe(max(0.0, now - article.seen))
            if article.published is not None:
                telemetry.END_TO_END.labels("published", "tagged").observe(max(0.0, now - article.published))
        log.debug("tagged", article=article.id, topics=[each.id for each in tags.topics], dyads=len(tags.dyads))
        return Handled(records=[TaggedArticle(article=article, tags=tags, rules_version=tagger.version, tagged_at=now)])
