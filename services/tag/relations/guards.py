"""Sentences that look like a relation between states and are none: sport, stage and screen, shops and weather.

Owns the list of words that give such a sentence away; it lowers a score and drops nothing by itself. Pure.
"""

from __future__ import annotations

from services.tag.relations.frame import Frame

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
_ENOUGH = 1


def guarded(frame: Frame) -> int:
    """How many give-away words the sentence holds, two at most."""
    found = 0
    for word in frame.field.folded[frame.start : frame.end].split():
        if word in _WORDS:
            found += 1
            if found > _ENOUGH:
                break
    return found
