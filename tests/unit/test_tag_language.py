"""Languages: small words first, the model for the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tag.language import language_of


@pytest.mark.parametrize(
    ("title", "text", "given_", "lang", "supported"),
    [
        ("Chile y Perú firman un acuerdo", "", None, "es", True),
        ("Brasil e Bolívia assinam acordo de fronteira", "", None, "pt", True),
        ("Chile and Peru sign a border deal", "", None, "en", True),
        ("", "El ministro de la región habló con los alcaldes por las lluvias.", None, "es", True),
        ("", "O ministro falou com os prefeitos da região sobre as chuvas no sul.", None, "pt", True),
        ("Le président a signé un accord avec les syndicats de la ville", "", None, "fr", False),
        ("Der Präsident hat gestern ein Abkommen mit den Gewerkschaften unterzeichnet", "", None, "de", False),
        ("Президент подписал соглашение с профсоюзами города", "", None, "ru", False),
        ("Whatever it says", "", "es-AR", "es", True),
        ("Whatever it says", "", "PT_br", "pt", True),
        ("Whatever it says", "", "fr", "fr", False),
        ("", "", None, "es", True),
        ("2024: 15 %", "", None, "es", True),
        ("", "\ud800\ud801", None, "es", True),
    ],
)
def test_language(title: str, text: str, given_: str | None, lang: str, supported: bool) -> None:
    assert language_of(title, text, given_) == (lang, supported)


@given(st.text(), st.text())
def test_any_text_has_an_answer(title: str, text: str) -> None:
    assert language_of(title, text).lang
