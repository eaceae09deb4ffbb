"""What several tests of the tagger share: the project's own rules, loaded once."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from services.tag.patterns import PatternError
from services.tag.tagger import Tagger

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"


@cache
def kept() -> Path:
    """A folder for compiled patterns, shared by the tests of one process."""
    folder = Path(tempfile.mkdtemp(prefix="atalaya-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def tagger() -> Tagger:
    """The tagger under the project's rules; its examples have a test of their own."""
    return Tagger.load(CONFIG, kept(), try_examples=False)


class Verbs:
    """Verb forms as a table in the test says."""

    def __init__(self, forms: Mapping[str, Sequence[str]]) -> None:
        self._forms = forms

    def forms(self, lang: str, lemma: str) -> Sequence[str]:
        if lemma not in self._forms:
            raise PatternError(f"`~{lemma}`: no such verb in verbs-{lang}.tsv")
        return self._forms[lemma]
