"""The irregular verbs of Portuguese and the participles that do not follow their verb. Pure tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parts:
    """The principal parts from which every other form follows."""

    present: tuple[str, str, str]  # rejeita, rejeitam, rejeitamos
    preterite: tuple[str, str, str]  # rejeitou, rejeitaram, rejeitamos
    imperfect: str  # rejeitava
    subjunctive: tuple[str, str, str]  # rejeite, rejeitem, rejeitemos
    future: str  # rejeitar-
    gerund: str
    participles: tuple[str, ...]
    close: bool = False  # the stressed e of the past is written ê (defendêssemos), not é (fizéssemos)


# present 3s 3p 1p, preterite 3s 3p 1p, imperfect, subjunctive 3s 3p 1p, future stem, gerund, participle
_TABLE = """
haver    há hão havemos              houve houveram houvemos       havia    haja hajam hajamos               haver   havendo   havido
ser      é são somos                 foi foram fomos               era      seja sejam sejamos               ser     sendo     sido
ir       vai vão vamos               foi foram fomos               ia       vá vão vamos                     ir      indo      ido
estar    está estão estamos          esteve estiveram estivemos    estava   esteja estejam estejamos         estar   estando   estado
dar      dá dão damos                deu deram demos               dava     dê deem demos                    dar     dando     dado
ver      vê veem vemos               viu viram vimos               via      veja vejam vejamos               ver     vendo     visto
rever    revê reveem revemos         reviu reviram revimos         revia    reveja revejam revejamos         rever   revendo   revisto
prever   prevê preveem prevemos      previu previram previmos      previa   preveja prevejam prevejamos      prever  prevendo  previsto
prover   provê proveem provemos      proveu proveram provemos      provia   proveja provejam provejamos      prover  provendo  provido
poder    pode podem podemos          pôde puderam pudemos          podia    possa possam possamos            poder   podendo   podido
querer   quer querem queremos        quis quiseram quisemos        queria   queira queiram queiramos         querer  querendo  querido
requerer requer requerem requeremos  requereu requereram requeremos requeria requeira requeiram requeiramos  requerer requerendo requerido
saber    sabe sabem sabemos          soube souberam soubemos       sabia    saiba saibam saibamos            saber   sabendo   sabido
fazer    faz fazem fazemos           fez fizeram fizemos           fazia    faça façam façamos               far     fazendo   feito
dizer    diz dizem dizemos           disse disseram dissemos       dizia    diga digam digamos               dir     dizendo   dito
trazer   traz trazem trazemos        trouxe trouxeram trouxemos    trazia   traga tragam tragamos            trar    trazendo  trazido
ter      tem têm temos               teve tiveram tivemos          tinha    tenha tenham tenhamos            ter     tendo     tido
pôr      põe põem pomos              pôs puseram pusemos           punha    ponha ponham ponhamos            por     pondo     posto
vir      vem vêm vimos               veio vieram viemos            vinha    venha venham venhamos            vir     vindo     vindo
crer     crê creem cremos            creu creram cremos            cria     creia creiam creiamos            crer    crendo    crido
ler      lê leem lemos               leu leram lemos               lia      leia leiam leiamos               ler     lendo     lido
valer    vale valem valemos          valeu valeram valemos         valia    valha valham valhamos            valer   valendo   valido
perder   perde perdem perdemos       perdeu perderam perdemos      perdia   perca percam percamos            perder  perdendo  perdido
ouvir    ouve ouvem ouvimos          ouviu ouviram ouvimos         ouvia    ouça ouçam ouçamos               ouvir   ouvindo   ouvido
pedir    pede pedem pedimos          pediu pediram pedimos         pedia    peça peçam peçamos               pedir   pedindo   pedido
impedir  impede impedem impedimos    impediu impediram impedimos   impedia  impeça impeçam impeçamos         impedir impedindo impedido
duzir    duz duzem duzimos           duziu duziram duzimos         duzia    duza duzam duzamos               duzir   duzindo   duzido
por      põe põem pomos              pôs puseram pusemos           punha    ponha ponham ponhamos            por     pondo     posto
"""  # noqa: E501
_IRREGULAR = {row.split()[0]: row.split()[1:] for row in _TABLE.strip().splitlines()}
_CLOSE = ("ser", "ir", "prover", "requerer", "crer", "ler", "valer", "perder")
_BASES = ("duzir", "fazer", "dizer", "por")
_HOLD = ("manter", "obter", "deter", "conter", "reter", "abster")
_COME = ("intervir", "convir", "advir", "provir")

PARTICIPLES = {
    "abrir": ("aberto",), "reabrir": ("reaberto",), "cobrir": ("coberto",), "descobrir": ("descoberto",),
    "encobrir": ("encoberto",), "escrever": ("escrito",), "inscrever": ("inscrito",),
    "subscrever": ("subscrito",), "descrever": ("descrito",), "prescrever": ("prescrito",),
    "aceitar": ("aceitado", "aceito", "aceite"), "entregar": ("entregado", "entregue"),
    "expulsar": ("expulsado", "expulso"), "prender": ("prendido", "preso"),
    "suspender": ("suspendido", "suspenso"), "eleger": ("elegido", "eleito"), "matar": ("matado", "morto"),
    "morrer": ("morrido", "morto"), "ganhar": ("ganhado", "ganho"), "incluir": ("incluído", "incluso"),
    "romper": ("rompido", "roto"), "exprimir": ("exprimido", "expresso"), "expressar": ("expressado", "expresso"),
}  # fmt: skip


def irregular(verb: str) -> Parts | None:
    """Principal parts of an irregular verb or of one built on it (propor, produzir); None for the others."""
    if verb in _IRREGULAR and verb != "por":
        return _parts("", _IRREGULAR[verb], close=verb in _CLOSE)
    if verb in _HOLD or verb in _COME:
        return _held(verb)
    for base in _BASES:
        if verb.endswith(base):
            return _parts(verb.removesuffix(base), _IRREGULAR[base])
    return None


def _held(verb: str) -> Parts:
    """Verbs built on ter and vir write an accent in the present: mantém, mantêm; intervém, intervêm."""
    base = "ter" if verb in _HOLD else "vir"
    prefix = verb.removesuffix(base)
    row = list(_IRREGULAR[base])
    row[0] = row[0].replace("e", "é")
    return _parts(prefix, row)


def _parts(prefix: str, row: list[str], close: bool = False) -> Parts:
    """Principal parts out of one row of the table."""
    words = [prefix + word for word in row]
    return Parts(
        present=(words[0], words[1], words[2]),
        preterite=(words[3], words[4], words[5]),
        imperfect=words[6],
        subjunctive=(words[7], words[8], words[9]),
        future=words[10],
        gerund=words[11],
        participles=(words[12],),
        close=close,
    )
