"""English clauses, word by word with their annotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from . import lexicon
from .chance import Chance
from .words import (
    COMMA,
    DEMONSTRATIVES,
    DETERMINERS,
    INDEFINITES,
    NOT,
    OBJECT_PRONOUNS,
    POSSESSIVE,
    POSSESSIVES,
    SUBJECT_PRONOUNS,
    THAT,
    THE,
    TO,
    Phrase,
    Word,
    adjective,
    adverb,
    adverb_in_ly,
    article,
    coordinator,
    finite,
    gerund,
    infinitive,
    modal,
    noun,
    number_word,
    participle,
    preposition,
    progressive,
    proper,
)

Words = list[Word]

KINDS = {
    "people": lexicon.PEOPLE,
    "things": lexicon.THINGS,
    "places": lexicon.PLACES,
    "ideas": lexicon.IDEAS,
    "names": lexicon.NAMES,
    "towns": lexicon.TOWNS,
}

CONTRACTED = {
    "am": "'m",
    "are": "'re",
    "is": "'s",
    "has": "'s",
    "have": "'ve",
    "had": "'d",
    "will": "'ll",
    "would": "'d",
}
MODALS = ["can", "will", "would", "should", "must", "may", "could", "might"]


class Clauses:
    """Makes English clauses.

    Args:
        chance: Where every choice comes from.
        stems: Invented stems that are used again and again; half of the invented words have one
            of these, the others a stem that was never seen before.
        kinds: For each kind of noun or name its words, frequent ones first.
        invented: How often an open word is an invented one, to be guessed from its form and its
            context.
    """

    def __init__(
        self,
        chance: Chance,
        stems: Sequence[str],
        kinds: Mapping[str, Sequence[str]] = KINDS,
        invented: float = 0.15,
    ) -> None:
        self.chance = chance
        self.stems = stems
        self.kinds = kinds
        self.invented = invented

    # Words

    def stem(self) -> str:
        """Return an invented stem."""
        if self.chance.maybe(0.5):
            return self.chance.rank(self.stems)
        return self.chance.syllables(self.chance.between(1, 2))

    def noun_lemma(self, kind: str) -> str:
        """Return a noun of a kind, or an invented one."""
        if self.chance.maybe(self.invented):
            ending = self.chance.choose(lexicon.NOUN_ENDINGS) if self.chance.maybe(0.6) else ""
            return self.stem() + ending
        return self.chance.rank(self.kinds[kind])

    def verb_lemma(self, verbs: Sequence[str]) -> str:
        """Return one of the verbs, or an invented one."""
        if self.chance.maybe(self.invented):
            return self.stem() + self.chance.choose(lexicon.VERB_ENDINGS)
        return self.chance.rank(verbs)

    def adjective_lemma(self) -> tuple[str, bool]:
        """Return an adjective and whether it is compared with -er and -est."""
        if self.chance.maybe(1.5 * self.invented):
            return self.stem() + self.chance.choose(lexicon.ADJECTIVE_ENDINGS), False
        short = self.chance.maybe(0.6)
        adjectives = lexicon.SHORT_ADJECTIVES if short else lexicon.LONG_ADJECTIVES
        return self.chance.rank(adjectives), short

    def adverb_of_manner(self) -> Word:
        """Return an adverb that says how something is done."""
        if self.chance.maybe(0.3):
            return adverb(self.chance.choose(lexicon.MANNER_ADVERBS))
        lemma, _ = self.adjective_lemma()
        while lemma.endswith("ly") or lemma in {"fast", "early", "late", "good", "old", "long"}:
            lemma, _ = self.adjective_lemma()
        return adverb_in_ly(lemma)

    def name(self) -> Words:
        """Return a person's name."""
        words = []
        if self.chance.maybe(0.2):
            words.append(proper(self.chance.choose(["Mr", "Mrs", "Dr", "Captain", "Judge"])))
        words.append(proper(self.chance.choose(self.kinds["names"])))
        if self.chance.maybe(0.25):
            words.append(proper(self.stem().capitalize()))
        return words

    def town(self) -> Word:
        """Return the name of a place."""
        if self.chance.maybe(0.3):
            return proper(self.stem().capitalize() + self.chance.choose(["ton", "ford", "bury"]))
        return proper(self.chance.choose(self.kinds["towns"]))

    # Noun phrases

    def modifiers(self) -> Words:
        """Return what stands between a determiner and its noun."""
        words: Words = []
        if self.chance.maybe(0.32):
            lemma, short = self.adjective_lemma()
            if short and self.chance.maybe(0.12):
                words.append(adjective(lemma, "Cmp"))
            else:
                if self.chance.maybe(0.12):
                    words.append(adverb(self.chance.choose(["very", "rather", "really"])))
                words.append(adjective(lemma))
        if self.chance.maybe(0.09):
            verb = self.verb_lemma(lexicon.PERSON_TO_THING)
            words.append(participle(verb))
        elif self.chance.maybe(0.08):
            verb = self.verb_lemma(lexicon.ALONE)
            words.append(progressive(verb))
        if self.chance.maybe(0.08):
            words.append(noun(self.noun_lemma("things")))
        return words

    def possessor(self) -> Words:
        """Return a noun phrase in the genitive."""
        if self.chance.maybe(0.5):
            return [*self.name(), POSSESSIVE]
        return [THE, noun(self.noun_lemma("people")), POSSESSIVE]

    def common(self, kind: str, room: float) -> Phrase:
        """Return a noun phrase around a common noun."""
        number = "Plur" if self.chance.maybe(0.35) else "Sing"
        core = [*self.modifiers(), noun(self.noun_lemma(kind), number)]
        start = self.chance.weighted(
            [
                (5.0, "the"),
                (3.0, "a"),
                (1.5, "determiner"),
                (1.5, "possessive"),
                (0.8 * room, "possessor"),
                (1.0 if number == "Plur" else 0.0, "numeral"),
                (0.5 if number == "Sing" else 0.0, "superlative"),
            ]
        )
        words: Words
        if start == "the":
            words = [THE, *core]
        elif start == "a":
            words = core if number == "Plur" else [article(core[0].form), *core]
        elif start == "determiner":
            words = [self.chance.choose(DETERMINERS[number]), *core]
        elif start == "possessive":
            words = [self.chance.choose(POSSESSIVES), *core]
        elif start == "possessor":
            words = [*self.possessor(), *core]
        elif start == "numeral":
            words = [self.numeral(), *core]
        else:
            words = [THE, self.superlative(), *core[-1:]]
        return Phrase((*words, *self.afterthought(kind, number, room)), number)

    def numeral(self) -> Word:
        """Return a number above one."""
        if self.chance.maybe(0.4):
            return number_word(str(self.chance.between(2, 900)))
        return number_word(self.chance.choose(lexicon.NUMBERS))

    def superlative(self) -> Word:
        """Return an adjective in the superlative."""
        return adjective(self.chance.choose(lexicon.SHORT_ADJECTIVES), "Sup")

    def afterthought(self, kind: str, number: str, room: float) -> Words:
        """Return what may follow a noun: a prepositional phrase or a relative clause."""
        if not self.chance.maybe(0.3 * room):
            return []
        head = Phrase((), number)
        choice = self.chance.between(0, 4)
        if choice == 0:
            return self.place(room / 2)
        if choice == 1:
            return [preposition("of"), *self.common("things", room / 2).words]
        if choice == 2:
            agent = [preposition("by"), *self.common("people", room / 2).words]
            return [participle(self.verb_lemma(lexicon.PERSON_TO_THING), passive=True), *agent]
        if choice == 3:
            pronoun = "who" if kind == "people" else "which"
            relative = (
                Word(pronoun, pronoun, "PRON", "WP" if kind == "people" else "WDT", "PronType=Rel")
                if self.chance.maybe(0.6)
                else Word("that", "that", "PRON", "WDT", "PronType=Rel")
            )
            return [relative, *self.predicate(head, room / 2)]
        subject = self.subject(0.0)
        auxiliary, rest = self.group(self.verb_lemma(lexicon.PERSON_TO_THING), subject)
        relative = Word("that", "that", "PRON", "WDT", "PronType=Rel")
        opening = [relative] if self.chance.maybe(0.5) else []
        return [*opening, *subject.words, *auxiliary, *rest]

    def subject(self, room: float) -> Phrase:
        """Return a noun phrase that can do something."""
        kind = self.chance.weighted(
            [
                (4.0, "pronoun"),
                (2.0, "name"),
                (5.0, "common"),
                (0.4, "indefinite"),
                (0.3, "this"),
                (0.7 * room, "pair"),
            ]
        )
        if kind == "pronoun":
            return self.chance.choose(SUBJECT_PRONOUNS)
        if kind == "name":
            return Phrase(tuple(self.name()))
        if kind == "indefinite":
            return Phrase((self.chance.choose(INDEFINITES),))
        if kind == "this":
            return Phrase((self.chance.choose(DEMONSTRATIVES),))
        if kind == "pair":
            first, second = self.name(), self.common("people", room / 2).words
            return Phrase((*first, coordinator("and"), *second), "Plur")
        return self.common("people" if self.chance.maybe(0.8) else "things", room)

    def person(self, room: float) -> Words:
        """Return a noun phrase for somebody to whom something is done."""
        if self.chance.maybe(0.25):
            return [self.chance.choose(OBJECT_PRONOUNS)]
        if self.chance.maybe(0.25):
            return self.name()
        return list(self.common("people", room).words)

    def thing(self, room: float) -> Words:
        """Return a noun phrase for something to which something is done."""
        if self.chance.maybe(0.12):
            return [
                self.chance.choose([*OBJECT_PRONOUNS[4:5], OBJECT_PRONOUNS[6], *DEMONSTRATIVES])
            ]
        if self.chance.maybe(0.12):
            return [noun(self.chance.rank(lexicon.MASSES))]
        if self.chance.maybe(0.08 * room):
            items = [self.common("things", 0.0).words for _ in range(self.chance.between(2, 3))]
            words = [*items[0]]
            for item in items[1:-1]:
                words += [COMMA, *item]
            return [*words, coordinator(self.chance.choose(["and", "or"])), *items[-1]]
        return list(self.common("things", room).words)

    # Adverbials

    def place(self, room: float) -> Words:
        """Return a prepositional phrase of place."""
        if self.chance.maybe(0.25):
            return [preposition(self.chance.choose(["in", "near", "from", "to"])), self.town()]
        where = ["in", "near", "behind", "at", "to", "from", "across", "like", "by", "past"]
        return [preposition(self.chance.rank(where)), *self.common("places", room).words]

    def time(self) -> Words:
        """Return an adverbial of time."""
        choice = self.chance.between(0, 5)
        if choice == 0:
            hour = f"{self.chance.between(1, 12)}:{self.chance.between(0, 5)}0"
            return [preposition("at"), number_word(hour)]
        if choice == 1:
            return [preposition("in"), number_word(str(self.chance.between(1820, 2026)))]
        if choice == 2:
            day = self.chance.choose(["Monday", "Tuesday", "Friday", "Sunday"])
            return [preposition("on"), proper(day)]
        if choice == 3:
            unit = noun(self.chance.choose(lexicon.TIMES))
            return [self.chance.choose(DETERMINERS["Sing"][:3]), unit]
        if choice == 4:
            unit = noun(self.chance.choose(lexicon.TIMES))
            order = self.chance.choose(["before", "after", "since", "until"])
            return [preposition(order), THE, unit]
        word = self.chance.choose(lexicon.TIME_ADVERBS)
        return [noun(word) if word in {"yesterday", "today", "tomorrow"} else adverb(word)]

    def adverbial(self, room: float) -> Words:
        """Return an adverbial of any kind."""
        choice = self.chance.between(0, 4)
        if choice == 0:
            return self.time()
        if choice == 1:
            return [self.adverb_of_manner()]
        if choice == 2:
            return [adverb(self.chance.choose(lexicon.PLACE_ADVERBS))]
        return self.place(room)

    # Verbs

    def group(
        self, lemma: str, subject: Phrase, *, split: bool = False, passive: bool = False
    ) -> tuple[Words, Words]:
        """Return a finite verb with its auxiliaries.

        Args:
            lemma: The verb.
            subject: What it agrees with.
            split: Whether it has to begin with an auxiliary, as questions do.
            passive: Whether it is in the passive.

        Returns:
            The first auxiliary with its negation, as far as there are any, and the rest.
        """
        pattern = self.chance.weighted(
            [(4.0, "Past"), (2.5, "Pres"), (1.2, "progressive"), (1.0, "perfect"), (1.6, "modal")]
        )
        tense = "Past" if self.chance.maybe(0.4) else "Pres"
        tail = [participle(lemma, passive=True)] if passive else []
        lemma = "be" if passive else lemma
        upos = "AUX" if lemma == "be" else "VERB"
        first: Word | None
        if pattern == "modal":
            first, rest = modal(self.chance.rank(MODALS)), [infinitive(lemma, upos)]
        elif pattern == "perfect":
            first, rest = finite("have", tense, subject, "AUX"), [participle(lemma, upos=upos)]
        elif lemma == "be":
            first, rest = finite("be", tense, subject, "AUX"), []
        elif pattern == "progressive":
            first, rest = finite("be", tense, subject, "AUX"), [progressive(lemma)]
        elif split:
            first, rest = finite("do", pattern, subject, "AUX"), [infinitive(lemma)]
        elif self.chance.maybe(0.1):
            return self.negated(finite("do", pattern, subject, "AUX")), [infinitive(lemma)]
        else:
            first, rest = None, [finite(lemma, pattern, subject)]
        rest += tail
        if self.chance.maybe(0.07):
            rest = [adverb(self.chance.choose(lexicon.FREQUENCY)), *rest]
        if first is None:
            return [], rest
        return self.negated(first, split=split) if self.chance.maybe(0.14) else [first], rest

    def negated(self, auxiliary: Word, *, split: bool = False) -> Words:
        """Return an auxiliary with ``not`` apart or joined to it; in questions always as n't."""
        form = auxiliary.form
        if form in {"am", "may", "might"}:
            return [auxiliary] if split else [auxiliary, NOT]
        if form == "can" and not split and self.chance.maybe(0.4):
            return [auxiliary, replace(NOT, joined=True)]
        if not split and self.chance.maybe(0.35):
            return [auxiliary, NOT]
        contracted = {"can": "ca", "will": "wo"}.get(form, form)
        return [replace(auxiliary, form=contracted), replace(NOT, form="n't", joined=True)]

    def complement(self, room: float) -> tuple[str, Words]:
        """Return a verb and what it takes behind it."""
        pick = self.verb_lemma
        frame = self.chance.weighted(
            [
                (5.0, "thing"),
                (2.0, "person"),
                (1.3, "idea"),
                (2.5, "alone"),
                (1.6 * room, "clause"),
                (1.4, "infinitive"),
                (0.7, "gerund"),
                (0.8, "two"),
                (2.2, "be"),
                (0.9, "linking"),
                (0.7, "have"),
            ]
        )
        if frame == "thing":
            return pick(lexicon.PERSON_TO_THING), self.thing(room)
        if frame == "person":
            return pick(lexicon.PERSON_TO_PERSON), self.person(room)
        if frame == "idea":
            return pick(lexicon.PERSON_TO_IDEA), list(self.common("ideas", room).words)
        if frame == "alone":
            return pick(lexicon.ALONE), self.adverbial(room) if self.chance.maybe(0.6) else []
        if frame == "clause":
            opening = [THAT] if self.chance.maybe(0.6) else []
            return self.chance.rank(lexicon.WITH_CLAUSE), [*opening, *self.clause(room / 2)]
        if frame == "infinitive":
            verb, rest = self.complement(room / 2)
            verb_word = infinitive(verb, "AUX" if verb == "be" else "VERB")
            return self.chance.rank(lexicon.WITH_INFINITIVE), [TO, verb_word, *rest]
        if frame == "gerund":
            objects = self.thing(room / 2)
            verb_word = gerund(pick(lexicon.PERSON_TO_THING))
            return self.chance.rank(lexicon.WITH_GERUND), [verb_word, *objects]
        if frame == "two":
            things = list(self.common("things", room / 2).words)
            return self.chance.rank(lexicon.TWO_OBJECTS), [*self.person(room / 2), *things]
        if frame == "have":
            return "have", list(self.common("ideas", room).words)
        if frame == "linking":
            return self.chance.choose(lexicon.LINKING), self.quality(0.0)
        return "be", self.quality(room)

    def quality(self, room: float) -> Words:
        """Return what can follow a form of ``be``."""
        choice = self.chance.weighted(
            [(4.0, "adjective"), (1.0, "than"), (2.0 * room, "noun"), (1.5 * room, "place")]
        )
        if choice == "place":
            return self.place(room / 2)
        if choice == "noun":
            return list(self.common("people", room / 2).words)
        if choice == "than":
            comparison = adjective(self.chance.choose(lexicon.SHORT_ADJECTIVES), "Cmp")
            return [comparison, preposition("than"), *self.common("things", 0.0).words]
        degree = []
        if self.chance.maybe(0.3):
            degree = [adverb(self.chance.choose(lexicon.DEGREE_ADVERBS))]
        return [*degree, adjective(self.adjective_lemma()[0])]

    # Clauses

    def predicate(self, subject: Phrase, room: float) -> Words:
        """Return a verb that agrees with the subject, and its complement."""
        verb, complement = self.complement(room)
        auxiliary, rest = self.group(verb, subject)
        words = [*auxiliary, *rest, *complement]
        if self.chance.maybe(0.3 * room):
            words += self.adverbial(room / 2)
        return words

    def passive(self, subject: Phrase, room: float) -> Words:
        """Return a verb in the passive, and by whom or where it is done."""
        verb = self.verb_lemma(lexicon.PERSON_TO_THING)
        auxiliary, rest = self.group(verb, subject, passive=True)
        if self.chance.maybe(0.4):
            return [*auxiliary, *rest, preposition("by"), *self.person(room / 2)]
        return [*auxiliary, *rest, *self.adverbial(room / 2)]

    def clause(self, room: float) -> Words:
        """Return a declarative clause; ``room`` from 0 to 1 says how far it may branch out."""
        if self.chance.maybe(0.08):
            subject = self.common("things", room)
            predicate = self.passive(subject, room)
        else:
            subject = self.subject(room)
            predicate = self.predicate(subject, room)
        contraction = CONTRACTED.get(predicate[0].form)
        free = predicate[0].upos == "AUX" and not (len(predicate) > 1 and predicate[1].joined)
        if subject.pronoun and contraction and free and self.chance.maybe(0.45):
            predicate[0] = replace(predicate[0], form=contraction, joined=True)
        return [*subject.words, *predicate]
