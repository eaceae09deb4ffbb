"""Sentences that look like a relation between states and are none: sport, stage and screen, shops and weather.

Owns the list of words that give such a sentence away; it lowers a score and drops nothing by itself. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

_WORDS = frozenset(
    b"""gol goles golazo seleccion selecciones futbol copa torneo campeonato amistoso eliminatorias mundialista
    estadio delantero arquero clasico liga entrenador tecnico tenis basquet voleibol medalla medallas olimpico
    selecao gols futebol campeonato torneio amistoso eliminatorias atacante goleiro tecnico estadio medalha
    goal goals soccer football striker goalkeeper friendly qualifiers tournament match coach stadium medal
    pelicula serie actriz actor cantante concierto album festival novela filme ator atriz cantor show disco
    film movie actress singer concert album series novel
    terremoto sismo huracan ciclon lluvias pronostico furacao chuvas previsao earthquake hurricane forecast
    receta gastronomia turismo turistas horoscopo receita culinaria recipe tourism tourists
    reina miss certamen concurso""".split()
)
_ENOUGH = 2


def guarded(words: Sequence[bytes]) -> int:
    """How many give-away words are among those of a sentence, two at most."""
    if _WORDS.isdisjoint(words):
        return 0
    return min(sum(word in _WORDS for word in words), _ENOUGH)
