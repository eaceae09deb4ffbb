"""English verb forms by rule: base, third singular, past, participle, gerund.

Owns the spelling rules and the table of irregular verbs. Does not own the list of verbs (``verbs-en.txt``) nor
any file. Written for this project, so that the forms carry no foreign licence. Where two spellings live side by
side (cancelled, canceled; quarreled) both are given.
"""

from __future__ import annotations

from services.tag.build.forms import Form

# base, past, participle; alternatives after a slash
_TABLE = """
arise arose arisen
be was/were been
become became become
begin began begun
bid bid bid
break broke broken
bring brought brought
build built built
burn burned/burnt burned/burnt
buy bought bought
come came come
cut cut cut
do did done
draw drew drawn
fall fell fallen
fight fought fought
find found found
flee fled fled
fly flew flown
forecast forecast/forecasted forecast/forecasted
freeze froze frozen
get got got/gotten
give gave given
go went gone
grow grew grown
have had had
hear heard heard
hold held held
keep kept kept
know knew known
lead led led
leave left left
let let let
lie lied lied
lose lost lost
make made made
mean meant meant
meet met met
oversee oversaw overseen
overcome overcame overcome
overthrow overthrew overthrown
pay paid paid
plead pleaded/pled pleaded/pled
prove proved proved/proven
put put put
quit quit quit
read read read
rise rose risen
run ran run
say said said
see saw seen
seek sought sought
sell sold sold
send sent sent
set set set
shoot shot shot
show showed shown/showed
sink sank/sunk sunk
sit sat sat
speak spoke spoken
spread spread spread
strike struck struck/stricken
strive strove/strived striven/strived
swear swore sworn
take took taken
tell told told
think thought thought
understand understood understood
undertake undertook undertaken
uphold upheld upheld
win won won
withdraw withdrew withdrawn
write wrote written
"""
_IRREGULAR = {row.split()[0]: tuple(row.split()[1:]) for row in _TABLE.strip().splitlines()}
_THIRD = {"be": ("is", "are"), "have": ("has",), "do": ("does",), "go": ("goes",)}
_MODAL = {"can": "could", "will": "would", "may": "might", "shall": "should", "must": "must"}
_DOUBLED = ("set", "put", "let", "get", "cut", "quit", "run", "win", "begin", "bid", "sit")
_BOTH = ("cancel", "label", "program", "benefit", "combat", "counsel", "kidnap", "travel")
_VOWELS = "aeiou"


def forms(lemma: str, change: str = "") -> list[Form]:
    """Every form of ``lemma``; ``change`` is "+" where the last consonant doubles. ValueError: not a word."""
    if not lemma.replace("-", "").isalpha():
        raise ValueError(f"not an English verb: {lemma!r}")
    if lemma in _MODAL:
        return [Form(lemma, "present", "indicative"), Form(_MODAL[lemma], "conditional", "indicative")]
    past, participle = _past(lemma, change)
    found = [Form(lemma, "infinitive", "infinitive")]
    if lemma != "be":
        found.append(Form(lemma, "present", "indicative", "3", "pl"))
    found += [Form(word, "present", "indicative", "3", "pl" if word == "are" else "sg") for word in _third(lemma)]
    found += [Form(word, "past", "indicative") for word in past]
    found += [Form(word, "participle", "participle") for word in participle]
    found += [Form(word + "ing", "gerund", "gerund") for word in _before_ing(lemma, change)]
    return found


def _third(lemma: str) -> tuple[str, ...]:
    """The third person singular: signs, rejects, presses, denies."""
    if lemma in _THIRD:
        return _THIRD[lemma]
    if lemma == "quit":
        return ("quits",)
    if lemma.endswith(("s", "x", "z", "ch", "sh")) or lemma in ("veto", "torpedo", "embargo"):
        return (lemma + "es",)
    if lemma.endswith("y") and lemma[-2] not in _VOWELS:
        return (lemma[:-1] + "ies",)
    return (lemma + "s",)


def _past(lemma: str, change: str) -> tuple[list[str], list[str]]:
    """Past and participle."""
    if lemma in _IRREGULAR:
        past, participle = _IRREGULAR[lemma]
        return past.split("/"), participle.split("/")
    if lemma.endswith("e"):
        regular = [lemma + "d"]
    elif lemma.endswith("y") and lemma[-2] not in _VOWELS:
        regular = [lemma[:-1] + "ied"]
    else:
        regular = [stem + "ed" for stem in _final(lemma, change)]
    return regular, regular


def _before_ing(lemma: str, change: str) -> list[str]:
    """The stem of the gerund: sign-, reject-, mak-, ly-, expell-."""
    if lemma.endswith("ie"):
        return [lemma[:-2] + "y"]
    if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")) and lemma != "be":
        return [lemma[:-1]]
    return _final(lemma, "+" if lemma in _DOUBLED else change)


def _final(lemma: str, change: str) -> list[str]:
    """The stem with its last consonant doubled where the word does so; both where usage is divided."""
    doubled = lemma + ("k" if lemma.endswith("c") else lemma[-1])
    if lemma in _BOTH:
        return [lemma, doubled]
    if lemma.endswith("ic"):
        return [doubled]
    return [doubled] if change == "+" else [lemma]
