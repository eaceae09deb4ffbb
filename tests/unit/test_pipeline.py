"""The topology: who reads what, with full text on and off."""

from __future__ import annotations

from services.pipeline import ARTICLES, STEPS, TAGGED, TEXTS, reads, running, topics, workers
from services.settings import Settings
from services.settings.tables import Fulltext, Topics


def off() -> Settings:
    return Settings(fulltext=Fulltext(enabled=False))


def groups(settings: Settings) -> dict[str, set[str]]:
    return {topic.name: set(topic.groups) for topic in topics(settings)}


def test_everything_that_is_written_is_read() -> None:
    """And nothing is read that nobody writes; a group reads one topic only."""
    written = {step.writes for step in STEPS.values() if step.writes}
    read = [each for step in STEPS.values() for each in reads(step)]
    assert written == {topic for topic, _ in read} == {ARTICLES, TEXTS, TAGGED}
    assert len({group for _, group in read}) == len(read)


def test_a_stage_that_is_off_keeps_nothing_waiting() -> None:
    """Its group is not declared; tag goes on reading what it had left."""
    assert groups(Settings())[ARTICLES] == {"atalaya.tag", "atalaya.fulltext"}
    assert groups(off())[ARTICLES] == {"atalaya.tag"}
    assert groups(off())[TEXTS] == groups(Settings())[TEXTS] == {"atalaya.tag.texts"}
    assert set(running(Settings())) - set(running(off())) == {"fulltext"}
    assert "fulltext" in workers(Settings()) and "fulltext" not in workers(off())


def test_full_texts_go_first() -> None:
    """After `fulltext.keep_days`, if the log keeps other records longer; never later than those."""

    def kept(days: float, hours: float) -> dict[str, float]:
        settings = Settings(fulltext=Fulltext(keep_days=days), topics=Topics(keep_hours=hours))
        return {topic.name: topic.keep_seconds / 3600 for topic in topics(settings)}

    short, long = kept(2, 168), kept(30, 168)
    assert (short[ARTICLES], short[TEXTS], short[TAGGED]) == (168, 48, 48)
    assert (long[ARTICLES], long[TEXTS], long[TAGGED]) == (168, 168, 168)
