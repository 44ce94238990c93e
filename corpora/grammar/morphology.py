"""English inflection: the regular rules, and the irregular words that the lexicon uses."""

from __future__ import annotations

PLURALS = {
    "child": "children",
    "foot": "feet",
    "knife": "knives",
    "leaf": "leaves",
    "man": "men",
    "sheep": "sheep",
    "shelf": "shelves",
    "thief": "thieves",
    "wolf": "wolves",
    "woman": "women",
}

# lemma: (past, past participle)
IRREGULAR = {
    "become": ("became", "become"),
    "begin": ("began", "begun"),
    "break": ("broke", "broken"),
    "bring": ("brought", "brought"),
    "build": ("built", "built"),
    "buy": ("bought", "bought"),
    "catch": ("caught", "caught"),
    "choose": ("chose", "chosen"),
    "come": ("came", "come"),
    "cut": ("cut", "cut"),
    "draw": ("drew", "drawn"),
    "drink": ("drank", "drunk"),
    "drive": ("drove", "driven"),
    "fall": ("fell", "fallen"),
    "feel": ("felt", "felt"),
    "find": ("found", "found"),
    "forget": ("forgot", "forgotten"),
    "give": ("gave", "given"),
    "go": ("went", "gone"),
    "hear": ("heard", "heard"),
    "hide": ("hid", "hidden"),
    "hold": ("held", "held"),
    "keep": ("kept", "kept"),
    "know": ("knew", "known"),
    "leave": ("left", "left"),
    "lend": ("lent", "lent"),
    "lose": ("lost", "lost"),
    "make": ("made", "made"),
    "mean": ("meant", "meant"),
    "meet": ("met", "met"),
    "put": ("put", "put"),
    "read": ("read", "read"),
    "ring": ("rang", "rung"),
    "rise": ("rose", "risen"),
    "run": ("ran", "run"),
    "say": ("said", "said"),
    "see": ("saw", "seen"),
    "sell": ("sold", "sold"),
    "send": ("sent", "sent"),
    "set": ("set", "set"),
    "show": ("showed", "shown"),
    "sing": ("sang", "sung"),
    "sleep": ("slept", "slept"),
    "stand": ("stood", "stood"),
    "steal": ("stole", "stolen"),
    "take": ("took", "taken"),
    "teach": ("taught", "taught"),
    "tell": ("told", "told"),
    "think": ("thought", "thought"),
    "win": ("won", "won"),
    "write": ("wrote", "written"),
}

COMPARED = {"bad": ("worse", "worst"), "good": ("better", "best")}

# Verbs and adjectives that double their last letter, which spelling alone does not tell.
DOUBLING = frozenset(
    "begin big cut drop forget hot map plan put run set ship sit stop thin travel win".split()
)


def _stem(word: str, ending: str) -> str:
    """Return ``word`` as it is spelt before an ending that starts with a vowel."""
    if word in DOUBLING:
        return word + word[-1]
    if word.endswith("ie") and ending == "ing":
        return word[:-2] + "y"
    if word.endswith("e") and (ending != "ing" or not word.endswith(("be", "ee", "oe", "ye"))):
        return word[:-1]
    if word.endswith("y") and ending != "ing" and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word


def add_s(word: str) -> str:
    """Return the plural of a regular noun, or the third person singular of a verb."""
    if word.endswith(("s", "x", "z", "ch", "sh")) or word in {"go", "do", "echo", "hero"}:
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def plural(noun: str) -> str:
    """Return the plural of a noun."""
    return PLURALS.get(noun) or add_s(noun)


def past(verb: str) -> str:
    """Return the past tense of a verb."""
    return IRREGULAR[verb][0] if verb in IRREGULAR else _stem(verb, "ed") + "ed"


def past_participle(verb: str) -> str:
    """Return the past participle of a verb."""
    return IRREGULAR[verb][1] if verb in IRREGULAR else _stem(verb, "ed") + "ed"


def ing(verb: str) -> str:
    """Return the present participle and gerund of a verb."""
    return _stem(verb, "ing") + "ing"


def comparative(adjective: str) -> str:
    """Return the comparative of an adjective that takes -er."""
    return COMPARED[adjective][0] if adjective in COMPARED else _stem(adjective, "er") + "er"


def superlative(adjective: str) -> str:
    """Return the superlative of an adjective that takes -est."""
    return COMPARED[adjective][1] if adjective in COMPARED else _stem(adjective, "est") + "est"


def manner(adjective: str) -> str:
    """Return the adverb in -ly of an adjective."""
    if adjective.endswith("ic"):
        return adjective + "ally"
    if adjective.endswith("le"):
        return adjective[:-1] + "y"
    if adjective.endswith("y") and len(adjective) > 3:
        return adjective[:-1] + "ily"
    return adjective + ("y" if adjective.endswith("ll") else "ly")
