"""Words with their annotation, and how each class of words is inflected and annotated.

Tags follow Universal Dependencies (UPOS, FEATS) and the Penn treebank (XPOS).
"""

from __future__ import annotations

from dataclasses import dataclass

from .morphology import (
    add_s,
    comparative,
    ing,
    manner,
    past,
    past_participle,
    plural,
    superlative,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence.

    Attributes:
        form: The word as it is written.
        lemma: Its dictionary form.
        upos: Its universal part of speech.
        xpos: Its Penn part of speech.
        feats: Its features, as CoNLL-U writes them.
        joined: It is part of the same multiword token as the word before it.
        tight: It follows the word before it without a space.
        empty: It is not written at all, but understood: an empty node.
    """

    form: str
    lemma: str
    upos: str
    xpos: str
    feats: str = "_"
    joined: bool = False
    tight: bool = False
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, and what a verb has to know to agree with it.

    Attributes:
        words: The words of the phrase.
        number: ``Sing`` or ``Plur``.
        person: 1, 2 or 3.
        pronoun: Whether it is a personal pronoun, which can contract with an auxiliary.
    """

    words: tuple[Word, ...]
    number: str = "Sing"
    person: int = 3
    pronoun: bool = False


def _pronoun(form: str, lemma: str, case: str, gender: str, number: str, person: int) -> Word:
    features = {
        "Case": case,
        "Gender": gender,
        "Number": number,
        "Person": str(person),
        "Poss": "Yes" if case == "Gen" else "",
        "PronType": "Prs",
    }
    feats = "|".join(f"{key}={value}" for key, value in features.items() if value)
    return Word(form, lemma, "PRON", "PRP$" if case == "Gen" else "PRP", feats)


_PERSONAL = [
    ("I", "me", "my", "", "Sing", 1),
    ("you", "you", "your", "", "", 2),
    ("he", "him", "his", "Masc", "Sing", 3),
    ("she", "her", "her", "Fem", "Sing", 3),
    ("it", "it", "its", "Neut", "Sing", 3),
    ("we", "us", "our", "", "Plur", 1),
    ("they", "them", "their", "", "Plur", 3),
]
SUBJECT_PRONOUNS = [
    # `you` agrees like a plural.
    Phrase((_pronoun(nom, nom, "Nom", gender, number, person),), number or "Plur", person, True)
    for nom, _, _, gender, number, person in _PERSONAL
]
OBJECT_PRONOUNS = [
    _pronoun(acc, nom, "Acc", gender, number, person)
    for nom, acc, _, gender, number, person in _PERSONAL
]
POSSESSIVES = [
    _pronoun(gen, gen, "Gen", gender, number, person)
    for _, _, gen, gender, number, person in _PERSONAL
]
INDEFINITES = [
    Word(form, form, "PRON", "NN", f"Number=Sing|PronType={kind}")
    for form, kind in (
        ("everyone", "Tot"),
        ("someone", "Ind"),
        ("nobody", "Neg"),
        ("something", "Ind"),
    )
]
DEMONSTRATIVES = [
    Word(form, lemma, "PRON", "DT", f"Number={number}|PronType=Dem")
    for form, lemma, number in (("this", "this", "Sing"), ("that", "that", "Sing"))
]
DETERMINERS = {
    "Sing": [
        Word("this", "this", "DET", "DT", "Number=Sing|PronType=Dem"),
        Word("that", "that", "DET", "DT", "Number=Sing|PronType=Dem"),
        Word("every", "every", "DET", "DT", "PronType=Tot"),
        Word("no", "no", "DET", "DT", "PronType=Neg"),
        Word("another", "another", "DET", "DT", "PronType=Ind"),
    ],
    "Plur": [
        Word("these", "this", "DET", "DT", "Number=Plur|PronType=Dem"),
        Word("those", "that", "DET", "DT", "Number=Plur|PronType=Dem"),
        Word("some", "some", "DET", "DT", "PronType=Ind"),
        Word("many", "many", "ADJ", "JJ", "Degree=Pos"),
        Word("all", "all", "DET", "DT", "PronType=Tot"),
        Word("no", "no", "DET", "DT", "PronType=Neg"),
    ],
}
THE = Word("the", "the", "DET", "DT", "Definite=Def|PronType=Art")
TO = Word("to", "to", "PART", "TO")
NOT = Word("not", "not", "PART", "RB", "Polarity=Neg")
THAT = Word("that", "that", "SCONJ", "IN")
THERE = Word("there", "there", "PRON", "EX")
POSSESSIVE = Word("'s", "'s", "PART", "POS", joined=True)
COMMA = Word(",", ",", "PUNCT", ",", tight=True)
SEMICOLON = Word(";", ";", "PUNCT", ":", tight=True)
COLON = Word(":", ":", "PUNCT", ":", tight=True)
DASH = Word("-", "-", "PUNCT", ",")
OPEN_QUOTE = Word('"', '"', "PUNCT", "``")
CLOSE_QUOTE = Word('"', '"', "PUNCT", "''", tight=True)
OPEN_BRACKET = Word("(", "(", "PUNCT", "-LRB-")
CLOSE_BRACKET = Word(")", ")", "PUNCT", "-RRB-", tight=True)

_BE = {
    ("Pres", "Sing", 1): "am",
    ("Pres", "Sing", 3): "is",
    ("Past", "Sing", 1): "was",
    ("Past", "Sing", 3): "was",
}


def mark(form: str) -> Word:
    """Return the punctuation mark that ends a sentence."""
    return Word(form, form, "PUNCT", ".", tight=True)


def noun(lemma: str, number: str = "Sing") -> Word:
    """Return a common noun."""
    if number == "Plur":
        return Word(plural(lemma), lemma, "NOUN", "NNS", "Number=Plur")
    return Word(lemma, lemma, "NOUN", "NN", "Number=Sing")


def proper(name: str) -> Word:
    """Return a proper noun."""
    return Word(name, name, "PROPN", "NNP", "Number=Sing")


def article(following: str) -> Word:
    """Return the indefinite article as it is before the form ``following``."""
    sounds_vocalic = following[0].lower() in "aeiou" and not following.startswith(("use", "eu"))
    return Word("an" if sounds_vocalic else "a", "a", "DET", "DT", "Definite=Ind|PronType=Art")


def number_word(form: str) -> Word:
    """Return a numeral, in letters or digits."""
    kind = "Word" if form.isalpha() else "Digit"
    return Word(form, form, "NUM", "CD", f"NumForm={kind}|NumType=Card")


def adjective(lemma: str, degree: str = "Pos") -> Word:
    """Return an adjective; the degrees ``Cmp`` and ``Sup`` are those with -er and -est."""
    if degree == "Cmp":
        return Word(comparative(lemma), lemma, "ADJ", "JJR", "Degree=Cmp")
    if degree == "Sup":
        return Word(superlative(lemma), lemma, "ADJ", "JJS", "Degree=Sup")
    return Word(lemma, lemma, "ADJ", "JJ", "Degree=Pos")


def adverb(form: str) -> Word:
    """Return an adverb that has no degrees."""
    return Word(form, form, "ADV", "RB")


def adverb_in_ly(lemma: str) -> Word:
    """Return the adverb of manner of an adjective."""
    form = manner(lemma)
    return Word(form, form, "ADV", "RB", "Degree=Pos")


def preposition(form: str) -> Word:
    """Return a preposition."""
    return Word(form, form, "ADP", "IN")


def subordinator(form: str) -> Word:
    """Return a subordinating conjunction."""
    return Word(form, form, "SCONJ", "IN")


def coordinator(form: str) -> Word:
    """Return a coordinating conjunction."""
    return Word(form, form, "CCONJ", "CC")


def modal(form: str) -> Word:
    """Return a modal auxiliary."""
    return Word(form, form, "AUX", "MD", "VerbForm=Fin")


def finite(lemma: str, tense: str, subject: Phrase, upos: str = "VERB") -> Word:
    """Return a verb's form for a subject in the tense ``Pres`` or ``Past``."""
    number, person = subject.number, subject.person
    agreement = f"Number={number}|Person={person}|"
    if lemma == "be":
        default = "are" if tense == "Pres" else "were"
        form = _BE.get((tense, number, person), default)
        xpos = "VBD" if tense == "Past" else "VBZ" if form == "is" else "VBP"
        return Word(form, lemma, upos, xpos, f"Mood=Ind|{agreement}Tense={tense}|VerbForm=Fin")
    third = number == "Sing" and person == 3
    if tense == "Past":
        form = {"have": "had", "do": "did"}.get(lemma) or past(lemma)
        return Word(form, lemma, upos, "VBD", "Mood=Ind|Tense=Past|VerbForm=Fin")
    form = ({"have": "has"}.get(lemma) or add_s(lemma)) if third else lemma
    xpos = "VBZ" if third else "VBP"
    return Word(form, lemma, upos, xpos, f"Mood=Ind|{agreement}Tense=Pres|VerbForm=Fin")


def infinitive(lemma: str, upos: str = "VERB") -> Word:
    """Return a verb's bare infinitive."""
    return Word(lemma, lemma, upos, "VB", "VerbForm=Inf")


def imperative(lemma: str) -> Word:
    """Return a verb's imperative."""
    return Word(lemma, lemma, "VERB", "VB", "Mood=Imp|Person=2|VerbForm=Fin")


def participle(lemma: str, *, passive: bool = False, upos: str = "VERB") -> Word:
    """Return a verb's past participle."""
    form = {"have": "had", "be": "been"}.get(lemma) or past_participle(lemma)
    voice = "|Voice=Pass" if passive else ""
    return Word(form, lemma, upos, "VBN", f"Tense=Past|VerbForm=Part{voice}")


def progressive(lemma: str, upos: str = "VERB") -> Word:
    """Return a verb's present participle."""
    return Word(ing(lemma), lemma, upos, "VBG", "Tense=Pres|VerbForm=Part")


def gerund(lemma: str) -> Word:
    """Return a verb's gerund."""
    return Word(ing(lemma), lemma, "VERB", "VBG", "VerbForm=Ger")
