"""The small words that relations are read from: prepositions, links, auxiliaries, negation, modality.

All are folded (lower case, no accents), as `Field.folded` has them. Sets are per language where a word means
something else in another one (`a` is a preposition in Spanish and an article in Portuguese).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping


def any_of(phrases: Iterable[bytes]) -> re.Pattern[bytes]:
    """What finds the first of several phrases. Six times as fast as asking for each: `x in y` is slow for bytes."""
    return re.compile(b"|".join(map(re.escape, phrases)))


LINKS = frozenset(b"y e and ou o or & com con junto together along with como as_well_as".split())
"""Words that join sides of one rank."""

JOINS: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"y e".split()),
    "pt": frozenset(b"e".split()),
    "en": frozenset(b"and".split()),
}

FILLERS: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(
        b"""el la los las de del su sus un una al gobierno gobiernos presidente presidenta presidentes canciller
        cancilleres ministro ministra ministros autoridades policia policias ambos republica mandatario pais
        fuerzas fiscalia fiscalias ejercito embajada justicia a con par homologo homologa colega jefe estado
        exteriores interior defensa seguridad relaciones tambien ademas como pares homologos homologas colegas
        contrapartes similar similares general director jefes comandante comandantes""".split()
    ),
    "pt": frozenset(
        b"""o a os as de do da dos das seu sua um uma governo governos presidente presidentes chanceler ministro
        ministra ministros autoridades policia policias republica mandatario pais forcas federal policial
        exercito embaixada justica colega homologo chefe estado exteriores interior defesa seguranca relacoes
        tambem alem colegas homologos homologa homologas pares contrapartes geral diretor chefes comandante marinha
        exercitos chanceleres comandantes""".split()
    ),
    "en": frozenset(
        b"""the of a an its his her their government governments president presidents minister ministers
        authorities police forces foreign prime interior defence defense s leader republic military counterpart
        secretary state army also""".split()
    ),
}
"""Words that may stand between two sides of one group, or between a preposition and its side."""

WITH: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"con junto".split()),
    "pt": frozenset(b"com junto".split()),
    "en": frozenset(b"with alongside".split()),
}
BETWEEN: Mapping[str, frozenset[bytes]] = {
    "es": frozenset((b"entre",)),
    "pt": frozenset((b"entre",)),
    "en": frozenset((b"between", b"among")),
}
BY: Mapping[str, frozenset[bytes]] = {
    "es": frozenset((b"por",)),
    "pt": frozenset(b"por pelo pela pelos pelas".split()),
    "en": frozenset((b"by",)),
}
TOWARDS: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"a al contra hacia ante para".split()),
    "pt": frozenset(b"a ao aos contra para ante".split()),
    "en": frozenset(b"to against on at for toward towards".split()),
}
OF: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"de del desde".split()),
    "pt": frozenset(b"de do da dos das desde".split()),
    "en": frozenset(b"of from".split()),
}
PLACE: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"en desde hasta hacia sobre".split()),
    "pt": frozenset(b"em no na nos nas desde ate".split()),
    "en": frozenset(b"in inside across near into throughout within from".split()),
}
BE: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"fue fueron ser sido es son sera seran siendo era eran".split()),
    "pt": frozenset(b"foi foram ser sido e sao sera serao sendo era eram".split()),
    "en": frozenset(b"was were been be being is are get gets got".split()),
}
PREPOSITIONS: Mapping[str, frozenset[bytes]] = {
    lang: WITH[lang] | BETWEEN[lang] | BY[lang] | TOWARDS[lang] | OF[lang] | PLACE[lang] for lang in WITH
}

NOT: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"no nunca jamas sin tampoco ni ningun ninguna".split()),
    "pt": frozenset(b"nao nunca jamais sem tampouco nem nenhum nenhuma".split()),
    "en": frozenset(b"not never without nor neither no cannot t".split()),
}
DENY: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(
        b"nego negaron niega niegan negar negando desmintio desmiente desmintieron descarto descarta descartan"
        b" descartaron descartar descarte evito evita evitar fracaso fracasaron".split()
    ),
    "pt": frozenset(
        b"negou negaram nega negam negar negando desmentiu desmente desmentiram descartou descarta descartam"
        b" descartaram descartar descarte evitou evita evitar".split()
    ),
    "en": frozenset(
        b"denied denies deny denying ruled rule rules ruling dismissed dismisses excluded excludes exclude"
        b" avoid avoided fail fails failed failing unable short".split()
    ),
}
"""Verbs that deny or exclude what follows: "negó haber rechazado", "ruled out rejecting"."""

REFUSE: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"nego negaron niega niegan negar negarse rehuso rehusaron rehusa declino declinaron".split()),
    "pt": frozenset(
        b"recusou recusaram recusa recusam recusar negou negaram nega negam absteve abstiveram declinou".split()
    ),
    "en": frozenset(b"refused refuses refuse refusing declined declines decline".split()),
}
"""Verbs that turn a refusal round when it follows: "se negó a rechazar", "refused to reject"."""

MAYBE: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(
        b"podria podrian puede pueden pudiera pudieran pudo quiza quizas posible posibles posibilidad eventual"
        b" eventuales si habria habrian deberia deberian presunto presunta presuntos supuesto supuesta tal_vez"
        b" probable hipotetico sugeriria evalua evaluan contempla hubiera hubieran hubiese hubiesen".split()
    ),
    "pt": frozenset(
        b"poderia poderiam pode podem possa possam talvez possivel possiveis possibilidade eventual se teria"
        b" teriam deveria deveriam suposto suposta provavel hipotetico cogita cogitam estuda avalia"
        b" tivesse tivessem houvesse".split()
    ),
    "en": frozenset(
        b"could may might would should if possible possibly possibility potential potentially perhaps whether"
        b" unless alleged allegedly reportedly hypothetical likely consider considers considering".split()
    ),
}
SOON: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"va van ira iran proximo proxima manana planea planean prepara preparan".split()),
    "pt": frozenset(b"vai vao ira irao proximo proxima amanha planeja planejam prepara preparam pretende".split()),
    "en": frozenset(b"will shall going tomorrow plans planning set upcoming next expected due poised".split()),
}
BOTH: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"ambos ambas".split()),
    "pt": frozenset(b"ambos ambas".split()),
    "en": frozenset((b"both",)),
}
TWO: Mapping[str, tuple[bytes, ...]] = {
    "es": (b"dos paises", b"dos gobiernos", b"dos naciones", b"dos mandatarios", b"dos presidentes", b"dos lideres",
           b"binacional", b"bilateral", b"bilaterales", b"las partes", b"mutuo", b"mutua"),
    "pt": (b"dois paises", b"dois governos", b"duas nacoes", b"dois presidentes", b"dois lideres", b"binacional",
           b"bilateral", b"bilaterais", b"as partes", b"mutuo", b"mutua"),
    "en": (b"two countries", b"two governments", b"two nations", b"two presidents", b"two leaders", b"two sides",
           b"bilateral", b"binational", b"the sides", b"mutual", b"each other"),
}  # fmt: skip
SAYS_TWO = {lang: any_of(phrases) for lang, phrases in TWO.items()}
HERE: Mapping[str, tuple[bytes, ...]] = {
    "es": (b" el gobierno", b" la policia", b" la fiscalia", b" la cancilleria", b" el pais", b" las autoridades",
           b" el ejecutivo", b" el ejercito", b" la armada", b" el ministro", b" la ministra", b" el canciller",
           b" el presidente", b" la presidenta", b" el mandatario", b" la justicia", b" las fuerzas militares",
           b" la canciller", b" el ministerio", b" gendarmeria", b" la aduana", b" la cartera", b" el vicecanciller",
           b" la marina", b" el titular", b" la titular"),
    "pt": (b" o governo", b" a policia", b" o ministerio", b" o pais", b" as autoridades", b" o itamaraty",
           b" o exercito", b" o ministro", b" a ministra", b" o presidente", b" a presidente", b" a justica",
           b" o chanceler", b" a chanceler", b" a chancelaria", b" a marinha", b" o titular", b" a titular"),
    "en": (b" the government", b" the police", b" police", b" authorities", b" the country", b" officials",
           b" the president", b" the minister", b" the foreign minister", b" the ministry", b" the army"),
}  # fmt: skip
"""How an article calls its own country's government without naming it."""
SAYS_HERE = {lang: any_of(phrase + b" " for phrase in phrases) for lang, phrases in HERE.items()}

TOUR: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"gira giras periplo viajero".split()),
    "pt": frozenset(b"turne periplo viajante".split()),
    "en": frozenset(b"tour stopover itinerary traveller traveler".split()),
}
"""Words that give a journey away, one is enough."""

ON_THE_WAY: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(
        b"""viaje etapa etapas estacion parada vuelo avion aterrizo despego capital aeropuerto comitiva hotel escala
        escalas visitante anfitrion anfitriona""".split()
    ),
    "pt": frozenset(
        b"""viagem etapa etapas estacao parada paragem voo voou aviao aterrissou decolou capital aeroporto comitiva giro
        escala escalas visitante anfitriao anfitria""".split()
    ),
    "en": frozenset(
        b"trip stop leg journey flight flew plane landed capital airport entourage motorcade swing visitor".split()
    ),
}
"""Words that do so in company: two different ones are wanted."""

TRAVEL = frozenset(
    b"""volo vuelo viaje viajo llego arribo aterrizo partio siguio cruzo paso llevo etapa escala parada estacion tramo
    destino visita gira voou voo viagem viajou chegou aterrissou aterrou seguiu partiu rumou passou levou paragem giro
    flew flight went travelled traveled arrived landed came next stop leg led drove took moved reached tour trip stage
    journey call began began started wound ended""".split()
)
"""Words before a state or capital that is travelled to, of all languages."""

MANY: Mapping[str, tuple[tuple[int, tuple[bytes, ...]], ...]] = {
    "es": ((3, (b"tres paises", b"tres gobiernos", b"tres naciones", b"tres presidentes", b"tres ministros",
                b"tres cancilleres", b"tres estados", b"tres policias", b"trilateral", b"tripartita", b"trinacional")),
           (4, (b"cuatro paises", b"cuatro gobiernos", b"cuatro naciones", b"cuatro ministros")),
           (5, (b"cinco paises", b"cinco gobiernos"))),
    "pt": ((3, (b"tres paises", b"tres governos", b"tres nacoes", b"tres presidentes", b"tres ministros",
                b"tres chanceleres", b"tres estados", b"tres policias", b"trilateral", b"tripartite", b"trinacional",
                b"tres marinhas")),
           (4, (b"quatro paises", b"quatro governos", b"quatro nacoes", b"quatro ministros")),
           (5, (b"cinco paises", b"cinco governos"))),
    "en": ((3, (b"three countries", b"three governments", b"three nations", b"three presidents", b"three ministers",
                b"trilateral", b"tripartite")),
           (4, (b"four countries", b"four governments", b"four nations", b"four ministers")),
           (5, (b"five countries", b"five governments"))),
}  # fmt: skip
"""How a text comes back to a list of so many states: "los tres países"."""

OFFICES = frozenset(
    b"""presidente presidenta presidentes president presidents ministro ministra ministros minister ministers canciller
    cancilleres chanceler chanceleres gobierno gobiernos governo governos government governments mandatario mandataria
    mandatarios policia policias police autoridades authorities delegaciones delegacoes delegations delegados paises
    countries lideres leaders partes sides both ambos ambas dos dois two cancilleria chancelaria ministerio ministry
    embajada embaixada embassy officials funcionarios ejecutivo executivo visitante visitor anfitrion anfitriao host
    diplomaticos diplomatas diplomats ellos eles they quienes titular titulares jefes chefes fiscalia justicia justica
    ejercito exercito army navy navies fuerzas forcas forces tribunal court vecino vizinho equipos equipes teams
    agentes agents policiais negociadores comision comissao commission reunion reuniao encuentro encontro meeting cita
    secretario secretaria secretary vicecanciller vicecancilleres embajador embaixador ambassador militares soldados
    tropas troops soldiers marinos patrullas patrulhas patrols oficiales oficiais officers comandante comandantes
    acuerdo acordo agreement deal convenio memorando memorandum pacto plan plano documento document texto text nota
    note comunicado statement carta letter medida iniciativa propuesta proposta proposal solicitud pedido request
    respuesta resposta reply decision decisao operacion operacao operation operativo protocolo protocol comite
    committee grupo mesa tratado treaty prefecto prefectos prefecturas carabineros gendarmeria guardia visita
    visit
    conversacion conversa talks dialogo delegacion delegacao delegation diplomacia asesores assessores aides""".split()
)
"""Nouns that stand for a government, a meeting or a document, and so are no foreign subject of a clause."""
