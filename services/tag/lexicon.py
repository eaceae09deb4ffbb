"""The lexicon: every pattern of every rule, compiled once, found in one pass over folded text.

The interface (stable; build on it):

    rules = [Rule(group="cue", id="kinds/agree/es/~acordar", pattern="~acordar", langs=("es",), payload=anything)]
    lexicon = Lexicon.compile(rules, verbs, cache_dir)      # RuleError names the pattern that can't be read
    for match in lexicon.scan(field, "es", accented=doc.accented):   # field: services.tag.text.Field
        match.rule      the Rule itself, with its group, id and payload
        match.start, match.end      span in field.view (whole words; a gap pattern spans from first to last part)
    field.evidence(match.start, match.end, match.rule.id)   # offsets of the original, text == slice

`langs` is the languages in which a rule is looked for, ("es", "pt", "en") for all. `payload` is the caller's own
and never looked at here. Matches come sorted by (start, -end); overlapping ones are all reported.
`accented`: whether the article as a whole is written with accents (`Document.accented`); then verb forms (`~`)
must carry theirs, except in words all in capitals.
Marks: see `services.tag.patterns`.
"""
