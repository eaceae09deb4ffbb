"""Topic files: what loads, what is said of what does not, what the project's own rules hold."""

from __future__ import annotations

import re
import shutil
from math import exp, log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tag.hits import find
from services.tag.matches import NO_MATCHES
from services.tag.patterns import parse
from services.tag.rulefile import LANGS, RuleFileError
from services.tag.tagger import Tagger
from services.tag.text import Document
from services.tag.topic_score import calibrated, features, judge, score
from services.tag.topics import Source, load
from services.tag.verbs import VerbTables
from tests.unit.tagging import CONFIG, ROOT, tagger

TOPIC = """\
id: fishing
area: security
label: {es: Pesca, pt: Pesca, en: Fishing}
definition: Fleets where they should not be.
crosswalk: {plover: [environment]}
es:
  strong: |
    pesca {ilegal|furtiva}
  weak: |
    pesquero(s)
  unless: |
    pesca ilegal de votos
  examples: |
    Perú y Ecuador acordaron patrullas contra la pesca ilegal.
  counter: |
    Denuncian la pesca ilegal de votos en el municipio.
pt:
  strong: |
    pesca ilegal
en:
  strong: |
    illegal fishing
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A folder of rules with one topic, beside the project's kinds and actors."""
    shutil.copytree(CONFIG, tmp_path / "config", ignore=shutil.ignore_patterns("topics", "areas", "feeds*"))
    (tmp_path / "config" / "topics").mkdir()
    (tmp_path / "config" / "topics" / "fishing.yaml").write_text(TOPIC, encoding="utf-8")
    return tmp_path / "config"


def test_a_topic_file_loads_and_finds(config: Path) -> None:
    loaded = Tagger.load(config)
    assert "fishing" in loaded.topics_of("Perú detuvo a dos barcos por pesca furtiva.", "es")
    assert "fishing" not in loaded.topics_of("Un pesquero volvió al puerto.", "es")


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "said"),
    [
        ("area: security", "area: fish", 2, "area", "one of security, migration, mining"),
        ("id: fishing", "id: fisher", 1, "id", "must be `fishing`"),
        ("  strong: |\n    pesca {ilegal|furtiva}", "  strong: pesca", 7, "es.strong", "put `|` after the colon"),
        ("    pesquero(s)", "    pesquero(s)\n    pesquero(s)", 11, "es.weak", "stands twice"),
        ("  unless:", "  unles:", 11, "es.unles", "unknown key; allowed here: strong, weak"),
        ("definition: Fleets where they should not be.\n", "", 1, ":", "`definition` is missing"),
        ("label: {es: Pesca, ", "label: {", 3, "label", "`es` is missing"),
        ("en:\n", "es:\n", 20, ":", "`es` stands twice"),
        ("crosswalk: {plover: [environment]}", "crosswalk: {plover: environment}", 5, "crosswalk.plover", "a list"),
        ("area: security", "area: [", 4, "file", "not YAML"),
        ("contra la pesca ilegal.", "contra el contrabando.", 14, "es.examples", "lacks fishing"),
        ("pesca ilegal de votos en", "pesca furtiva en", 16, "es.counter", "wrongly has fishing"),
    ],
)
def test_what_is_said_of_a_bad_file(config: Path, old: str, new: str, line: int, field: str, said: str) -> None:
    """File, line, field, and what would be right."""
    assert old in TOPIC
    path = config / "topics" / "fishing.yaml"
    path.write_text(TOPIC.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFileError) as caught:
        Tagger.load(config)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}, ")
    assert field in message
    assert said in message


def test_a_bad_pattern_is_named_with_its_place(config: Path) -> None:
    path = config / "topics" / "fishing.yaml"
    path.write_text(TOPIC.replace("pesca {ilegal|furtiva}", "pesca {ilegal"), encoding="utf-8")
    with pytest.raises(RuleFileError, match=r"fishing\.yaml, line 8, es\.strong: .*not closed"):
        Tagger.load(config)


def test_a_folder_without_topics_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="holds no topic file"):
        load(tmp_path)


def test_the_example_of_the_tutorial_loads(config: Path) -> None:
    """What docs/rules.md tells an analyst to write works as it stands."""
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(id: illegal-fishing\n.*?)```", text, re.S)
    (config / "topics" / "illegal-fishing.yaml").write_text(block, encoding="utf-8")
    assert "illegal-fishing" in Tagger.load(config).topics_of("Peru reported illegal fishing.", "en")


def test_every_example_of_the_project_holds() -> None:
    tagger().try_examples()


def test_every_topic_has_examples_and_counter_examples_in_each_language() -> None:
    for topic in tagger().topics:
        for lang in LANGS:
            mine = [example.wanted for example in topic.examples if example.lang == lang]
            assert False in mine, f"{topic.id} {lang}: no counter-example"
            assert True in mine or topic.is_area, f"{topic.id} {lang}: no example"


NAMED = (
    "organised-crime drug-trafficking border-security prisons-gangs defence-cooperation arms-smuggling"
    " kidnapping-extortion irregular-migration deportation regularisation-visas refugees-asylum humanitarian-corridor"
    " migrant-smuggling displacement illegal-mining mining-investment lithium copper gold mining-policy"
    " mining-conflicts tailings-mercury"
)


def test_the_topics_asked_for_are_there() -> None:
    assert {topic.id for topic in tagger().topics} >= set(NAMED.split())


def test_no_migration_pattern_raises_a_security_topic() -> None:
    """Being on the move is no crime: whatever a migration pattern stands for has no security confidence to speak of."""
    loaded, verbs = tagger(), VerbTables.load()
    tried = 0
    for topic in loaded.topics:
        for rule in topic.rules:
            source: Source = rule.payload
            if topic.area != "migration" or source.strength not in ("strong", "weak"):
                continue
            pattern = parse(rule.pattern, rule.langs[0], verbs, rule.lists)
            for number in range(max(len(part.literals) for part in pattern.parts)):
                text = " ".join(part.literals[number % len(part.literals)].text for part in pattern.parts)
                tags = loaded.topics_of(f"{text}. {text}.", rule.langs[0])
                assert "security" not in tags, f"{rule.id}: {text}"
                tried += 1
    assert tried > 1_000


def _cases() -> list[tuple[str, str, str]]:
    lines = (ROOT / "tests" / "data" / "tag" / "blocked.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]  # type: ignore[misc]


@pytest.mark.parametrize(("area", "lang", "text"), _cases())
def test_other_senses_do_not_raise_an_area(area: str, lang: str, text: str) -> None:
    assert area not in tagger().topics_of(text, lang)


def test_what_was_set_aside_is_told() -> None:
    reading = tagger().read("", "La minería de datos crece.", "es")
    assert {(item.topic, item.text) for item in reading.topics.blocked} >= {("mining-investment", "minería")}
    for item in reading.topics.blocked:
        assert "minería de {datos" in item.rule


def test_the_longest_pattern_wins() -> None:
    """The name of a body covers the strong word inside it."""
    reading = tagger().read("", "Habló el Ministerio de Minas y Energía.", "es")
    assert {hit.strength for hit in reading.topics.hits if hit.area == "mining"} == {"weak"}


def test_links_to_other_articles_do_not_count() -> None:
    text = "El presidente habló de escuelas. (Lea también: Cae banda de narcotráfico en la frontera)"
    assert tagger().read("", text, "es").topics.hits == []


def test_the_sum_is_told_and_adds_up() -> None:
    reading = tagger().read("Lithium mining grows", "Lithium mining grew in Chile.", "en")
    hits = [hit for hit in reading.topics.hits if hit.area == "mining"]
    found = score(reading.document, hits)
    assert found.confidence > 0.8
    told = {name for name, value in features(reading.document, hits).items() if value}
    assert dict(found.why).keys() == told | {"calibration"}
    assert found.confidence == pytest.approx(1 / (1 + exp(-sum(value for _, value in found.why))))


def test_one_telling_phrase_is_likely_and_two_are_firm() -> None:
    """A headline with nothing below it: what was right seven times in ten is not called firm."""
    once = tagger().read("Foro habla de narcotráfico", "", "es")
    twice = tagger().read("Foro habla de narcotráfico y de crimen organizado", "", "es")
    bands = [judge(each.document, each.topics.hits).tags[0].band for each in (once, twice)]
    assert bands == ["likely", "firm"]


def test_a_topic_that_is_firm_in_company_only() -> None:
    """A kidnapping may be a family's quarrel; with a gang in it, it is the matter of this area."""
    alone = tagger().read("Secuestro de un joven", "El secuestro duró un día. Otro secuestro fue denunciado.", "es")
    gang = tagger().read("Secuestro de un joven", "Lo secuestró una banda criminal. Es crimen organizado.", "es")
    bands = [judge(each.document, each.topics.hits).tags[0].band for each in (alone, gang)]
    assert bands == ["likely", "firm"]


def test_what_firm_takes_is_one_word(tmp_path: Path) -> None:
    shutil.copytree(CONFIG, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "topics" / "kidnapping-extortion.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("firm: in company", "firm: never"), encoding="utf-8")
    with pytest.raises(RuleFileError, match="firm: `never` is no choice; `in company`, or leave the line out"):
        load(tmp_path)


@given(st.floats(-30, 30), st.floats(-30, 30))
def test_calibration_keeps_the_order_and_the_edge_of_likely(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert calibrated(low) <= calibrated(high)
    assert (calibrated(one) >= log(0.6 / 0.4)) == (one >= log(0.6 / 0.4))
    assert calibrated(one) <= one + 1e-9


def test_what_is_out_of_reach_is_left_out_and_nothing_else() -> None:
    """The short cut for weak matches gives the same tags as the long way."""
    for topic in tagger().topics:
        for example in topic.examples:
            reading = tagger().read("", example.text, example.lang)
            quick = judge(reading.document, reading.topics.hits, 0.6).tags
            slow = judge(reading.document, reading.topics.hits, 0.0).tags
            assert {tag.id for tag in quick} == {tag.id for tag in slow if tag.confidence >= 0.6}


def test_what_is_first_named_deep_in_a_long_article_is_not_firm() -> None:
    """The same three sentences make an article that they open, and not one that touches on them at its end."""
    about = "La guerrilla del ELN atacó el puesto con explosivos. Un grupo paramilitar huyó. Hay conflicto armado. "
    other = "La feria del libro reunió a lectores y editores de la ciudad. " * 60
    early = tagger().read("Una semana en la ciudad", about + other, "es")
    late = tagger().read("Una semana en la ciudad", other + about, "es")
    surest = [judge(r.document, r.topics.hits).areas.get("security", 0.0) for r in (early, late)]
    assert surest[0] >= 0.8 > surest[1]


def test_no_hits_no_tags() -> None:
    assert find(Document("", "", "es"), NO_MATCHES, NO_MATCHES).hits == []
    assert judge(Document("", "", "es"), []).tags == ()
