"""English and Zaq, an invented language, side by side.

How Zaq (code ``zq``) works:

- Subject, place, object, verb, in this order; a pronoun as the subject is left out.
- Nouns belong to one of three classes: ``a`` who moves, ``o`` what is made, ``e`` the rest.
  The class gives the plural, ``-ri``, ``-lo`` or ``-ne``, and the ending of the adjectives, which
  follow the noun: ``-a``, ``-o`` or ``-e``, with ``-i`` behind it in the plural.
- ``-k`` makes a noun definite, ``-m`` makes it the object, ``-na`` the owner of the noun before it.
- An ending that starts with a consonant takes the last vowel of the word as a link behind a
  consonant: ``sel`` with ``-k`` is ``selek``.
- Verbs end in the tense (``-s`` now, ``-d`` past, ``-v`` to come) and the subject's person.
- ``nol`` before the verb negates it, ``ka`` at the end asks, and conjunctions close their clause.
"""

from __future__ import annotations

from dataclasses import dataclass

from .chance import Chance
from .morphology import add_s, ing, past, plural
from .templates import running_text, with_articles

# English noun: (Zaq noun, class)
BEINGS = {
    "dog": ("moru", "a"),
    "teacher": ("telin", "a"),
    "child": ("pipa", "a"),
    "woman": ("sena", "a"),
    "man": ("horok", "a"),
    "farmer": ("aldur", "a"),
    "bird": ("zift", "a"),
    "king": ("karam", "a"),
    "sailor": ("navet", "a"),
    "cat": ("misku", "a"),
    "doctor": ("olem", "a"),
    "horse": ("tabur", "a"),
    "girl": ("lilu", "a"),
    "boy": ("tomi", "a"),
    "cook": ("grasal", "a"),
    "thief": ("snir", "a"),
    "wolf": ("urgo", "a"),
    "painter": ("pelisk", "a"),
}
OBJECTS = {
    "book": ("sel", "o"),
    "letter": ("fip", "o"),
    "box": ("kodo", "o"),
    "lamp": ("lumat", "o"),
    "boat": ("vasil", "o"),
    "key": ("tik", "o"),
    "map": ("ardi", "o"),
    "coat": ("wemu", "o"),
    "bread": ("borun", "o"),
    "apple": ("yabo", "e"),
    "stone": ("gret", "e"),
    "ring": ("ozu", "o"),
    "song": ("lalin", "e"),
    "picture": ("pesto", "o"),
    "tree": ("dremi", "e"),
    "knife": ("raz", "o"),
    "drum": ("dumdu", "o"),
    "star": ("stinu", "e"),
}
PLACES = {
    "house": ("duma", "o"),
    "garden": ("firel", "e"),
    "village": ("polok", "o"),
    "river": ("susa", "e"),
    "forest": ("wudin", "e"),
    "market": ("shapit", "o"),
    "school": ("eskul", "o"),
    "mountain": ("tork", "e"),
    "island": ("imra", "e"),
    "bridge": ("pontu", "o"),
    "harbour": ("havo", "o"),
    "field": ("emel", "e"),
}
ADJECTIVES = {
    "old": "vek",
    "small": "min",
    "big": "grum",
    "red": "ras",
    "new": "nuv",
    "good": "bel",
    "cold": "fris",
    "quiet": "shul",
    "young": "yin",
    "dark": "mork",
    "heavy": "pond",
    "beautiful": "liral",
    "strange": "osup",
    "lost": "kint",
}
# Verbs with an object, then those without one.
ACTIONS = {
    "see": "vid",
    "find": "tov",
    "carry": "port",
    "paint": "pel",
    "take": "nem",
    "sell": "merk",
    "want": "wil",
    "hide": "skun",
    "love": "amor",
    "buy": "kup",
    "lose": "perd",
    "watch": "okul",
    "break": "krak",
    "wash": "lav",
    "bring": "ferul",
    "know": "zan",
}
MOTIONS = {
    "sleep": "dorm",
    "sing": "lal",
    "work": "trud",
    "wait": "pas",
    "run": "kors",
    "dance": "bal",
    "laugh": "hih",
    "fall": "tumb",
    "walk": "stap",
    "play": "ludik",
}
POSTPOSITIONS = {"in": "sul", "near": "vedi", "from": "tok", "behind": "arba"}
# English adverbial of time: (Zaq adverbial, the tense that goes with it)
TIMES = {
    "today": ("odi", "present"),
    "yesterday": ("heri", "past"),
    "tomorrow": ("zafta", "future"),
    "last night": ("heri noktu", "past"),
    "now": ("nu", "present"),
    "every day": ("udu temi", "present"),
}
NUMBERS = {"two": "dwa", "three": "tro", "four": "kef", "five": "pim", "seven": "hef", "ten": "zen"}
CONJUNCTIONS = {"because": "ledu", "when": "ovi", "although": "hempa", "if": "es"}
# English pronoun: (the subject's person and number, object form in Zaq, English object form)
PRONOUNS = {
    "i": ("1s", "min", "me"),
    "you": ("2s", "tin", "you"),
    "he": ("3s", "hon", "him"),
    "she": ("3s", "hon", "her"),
    "we": ("1p", "nim", "us"),
    "they": ("3p", "shim", "them"),
}
FIRST_NAMES = "Anna Tom Mira Karl Olga Peter Lena Victor Ruth Oscar".split()

PLURAL_ENDINGS = {"a": "ri", "o": "lo", "e": "ne"}
PERSON_ENDINGS = {"1s": "a", "2s": "i", "3s": "e", "1p": "un", "3p": "on"}
TENSE_ENDINGS = {"present": "s", "past": "d", "future": "v"}

Nouns = dict[str, tuple[str, str]]


def linked(word: str, ending: str) -> str:
    """Return a Zaq word with an ending, and its last vowel between two consonants."""
    vowels = [letter for letter in word.lower() if letter in "aeiou"]
    if word[-1] in "aeiou" or ending[0] in "aeiou":
        return word + ending
    return word + vowels[-1] + ending


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun phrase in both languages.

    Attributes:
        english: Its English tokens, as a subject.
        english_object: Its English tokens, as an object.
        zaq: Its tokens in Zaq, as a subject; none for a pronoun.
        zaq_object: Its tokens in Zaq, as an object.
        person: The person and number, such as ``3p``, that a verb agrees with.
    """

    english: list[str]
    english_object: list[str]
    zaq: list[str]
    zaq_object: list[str]
    person: str


class Translations:
    """Makes sentences in English and Zaq.

    Args:
        chance: Where every choice comes from.
    """

    def __init__(self, chance: Chance) -> None:
        self.chance = chance

    def pronoun(self) -> Noun:
        """Return a pronoun."""
        english = self.chance.choose(list(PRONOUNS))
        person, zaq_object, english_object = PRONOUNS[english]
        return Noun([english], [english_object], [], [zaq_object], person)

    def name(self) -> Noun:
        """Return a person's name, which may be one that was never seen before."""
        if self.chance.maybe(0.4):
            name = self.chance.syllables(2).capitalize()
        else:
            name = self.chance.choose(FIRST_NAMES)
        return Noun([name], [name], [name], [linked(name, "m")], "3s")

    def common(self, nouns: Nouns, *, owner: bool = True) -> Noun:
        """Return a noun with an article, a number or an owner, and perhaps adjectives."""
        lemma = self.chance.choose(list(nouns))
        root, noun_class = nouns[lemma]
        is_plural = self.chance.maybe(0.3)
        start = self.chance.weighted([(4.0, "the"), (3.0, "a"), (1.5, "owner" if owner else "the")])
        english = [plural(lemma) if is_plural else lemma]
        zaq = linked(root, PLURAL_ENDINGS[noun_class]) if is_plural else root
        zaq_adjectives = []
        if self.chance.maybe(0.35):
            adjective = self.chance.choose(list(ADJECTIVES))
            english = [adjective, *english]
            agreement = noun_class + ("i" if is_plural else "")
            zaq_adjectives = [ADJECTIVES[adjective] + agreement]
        after: list[str] = []
        if start == "the":
            english = ["the", *english]
            zaq = linked(zaq, "k")
        elif start == "owner":
            keeper = self.name() if self.chance.maybe(0.5) else self.common(BEINGS, owner=False)
            apostrophe = "'" if keeper.english[-1].endswith("s") else "'s"
            english = [*keeper.english[:-1], keeper.english[-1] + apostrophe, *english]
            after = [linked(keeper.zaq[0], "na"), *keeper.zaq[1:]]
        elif is_plural and self.chance.maybe(0.6):
            number = self.chance.choose(list(NUMBERS))
            english = [number, *english]
            after = [NUMBERS[number]]
        elif not is_plural:
            english = ["a", *english]
        rest = [*zaq_adjectives, *after]
        person = "3p" if is_plural else "3s"
        return Noun(english, english, [zaq, *rest], [linked(zaq, "m"), *rest], person)

    def subject(self) -> Noun:
        """Return a noun phrase that can do something."""
        kind = self.chance.between(0, 5)
        return self.pronoun() if kind == 0 else self.name() if kind == 1 else self.common(BEINGS)

    def clause(self, tense: str = "", *, asking: bool = False) -> tuple[list[str], list[str]]:
        """Return the tokens of a clause in English and in Zaq, in any tense where none is given."""
        subject = self.subject()
        has_object = self.chance.maybe(0.65)
        verbs = ACTIONS if has_object else MOTIONS
        lemma = self.chance.choose(list(verbs))
        tense = tense or self.chance.choose(["present", "past", "past", "future"])
        negated = self.chance.maybe(0.15)
        english_end: list[str] = []
        zaq_middle: list[str] = []
        if has_object:
            kind = self.chance.between(0, 4)
            patient = self.pronoun() if kind == 0 else self.common(BEINGS if kind == 1 else OBJECTS)
            english_end += patient.english_object
            zaq_middle += patient.zaq_object
        if self.chance.maybe(0.4):
            where = self.chance.choose(list(POSTPOSITIONS))
            place = self.common(PLACES)
            english_end += [where, *place.english]
            zaq_middle = [*place.zaq, POSTPOSITIONS[where], *zaq_middle]
        english_verb = self.english_verb(lemma, tense, subject.person, negated, asking)
        opening = [english_verb.pop(0)] if asking else []
        zaq_verb = linked(verbs[lemma], TENSE_ENDINGS[tense]) + PERSON_ENDINGS[subject.person]
        english = [*opening, *subject.english, *english_verb, *english_end]
        zaq = [*subject.zaq, *zaq_middle, *(["nol"] if negated else []), zaq_verb]
        return english, zaq

    def english_verb(
        self, lemma: str, tense: str, person: str, negated: bool, asking: bool
    ) -> list[str]:
        """Return the English verb; with an auxiliary in front where a question needs one."""
        negation = ["not"] if negated else []
        if tense == "future":
            return ["will", *negation, lemma]
        if tense == "present" and self.chance.maybe(0.3) and lemma not in {"know", "want", "love"}:
            be = {"1s": "am", "3s": "is"}.get(person, "are")
            return [be, *negation, ing(lemma)]
        if negated or asking:
            auxiliary = "did" if tense == "past" else "does" if person == "3s" else "do"
            return [auxiliary, *negation, lemma]
        if tense == "past":
            return [past(lemma)]
        return [add_s(lemma) if person == "3s" else lemma]

    def sentence(self) -> tuple[str, str]:
        """Return a sentence in English and in Zaq."""
        kind = self.chance.weighted(
            [(6.0, "plain"), (1.5, "question"), (1.5, "time"), (1.5, "joined"), (1.5, "but")]
        )
        if kind == "question":
            english, zaq = self.clause(asking=True)
            return _both([*english, "?"], [*zaq, "ka", "?"])
        if kind == "time":
            time = self.chance.choose(list(TIMES))
            zaq_time, tense = TIMES[time]
            english, zaq = self.clause(tense)
            return _both([time, ",", *english, "."], [zaq_time, *zaq, "."])
        english, zaq = self.clause()
        if kind == "joined":
            conjunction = self.chance.choose(list(CONJUNCTIONS))
            reason, zaq_reason = self.clause()
            english = [*english, conjunction, *reason]
            zaq = [*zaq_reason, CONJUNCTIONS[conjunction], ",", *zaq]
        elif kind == "but":
            other, zaq_other = self.clause()
            conjunction, zaq_conjunction = self.chance.choose([("and", "e"), ("but", "sed")])
            english = [*english, ",", conjunction, *other]
            zaq = [*zaq, ",", zaq_conjunction, *zaq_other]
        return _both([*english, "."], [*zaq, "."])


def _both(english: list[str], zaq: list[str]) -> tuple[str, str]:
    english = ["I" if token == "i" else token for token in with_articles(english)]
    return running_text(english), running_text(zaq)
