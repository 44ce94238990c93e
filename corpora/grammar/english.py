"""English sentences of every kind, word by word with their annotation."""

from __future__ import annotations

from dataclasses import replace

from . import lexicon
from .clauses import Clauses, Words
from .words import (
    CLOSE_BRACKET,
    CLOSE_QUOTE,
    COLON,
    COMMA,
    DASH,
    DETERMINERS,
    NOT,
    OPEN_BRACKET,
    OPEN_QUOTE,
    SEMICOLON,
    THERE,
    Phrase,
    Word,
    adjective,
    adverb,
    article,
    coordinator,
    finite,
    gerund,
    imperative,
    infinitive,
    mark,
    noun,
    number_word,
    preposition,
    proper,
    subordinator,
)


def _pronoun_what(form: str) -> Word:
    return Word(form, form, "PRON", "WP", "PronType=Int")


def _fragments() -> list[Words]:
    """Return short utterances that no rule makes."""
    interjections = [
        Word(form, form, "INTJ", "UH") for form in ("oh", "yes", "no", "well", "please")
    ]
    oh, yes, no, well, please = interjections
    thanks = Word("thanks", "thanks", "NOUN", "NNS", "Number=Plur")
    good, idea, look = adjective("good"), noun("idea"), imperative("look")
    morning, evening = noun("morning"), noun("evening")
    no_determiner = DETERMINERS["Sing"][3]
    enough = Word("enough", "enough", "ADJ", "JJ", "Degree=Pos")
    why = Word("why", "why", "ADV", "WRB", "PronType=Int")
    what = _pronoun_what("what")
    return [
        [oh, COMMA, yes, mark("!")],
        [good, morning, mark("!")],
        [good, evening, COMMA, proper("Anna"), mark(".")],
        [no_determiner, idea, mark(".")],
        [no, COMMA, thanks, mark(".")],
        [well, COMMA, good, enough, mark(".")],
        [look, adverb("here"), mark("!")],
        [why, NOT, mark("?")],
        [what, preposition("about"), noun("tomorrow"), mark("?")],
        [imperative("stop"), COMMA, please, mark("!")],
    ]


FRAGMENTS = _fragments()


class English(Clauses):
    """Makes English sentences out of clauses."""

    def subordinate(self, room: float) -> Words:
        """Return an adverbial clause."""
        if self.chance.maybe(0.15):
            verb = self.verb_lemma(lexicon.PERSON_TO_THING)
            return [subordinator("after"), gerund(verb), *self.thing(0.0)]
        words = ["because", "when", "if", "while", "before", "after", "although", "since", "until"]
        form = self.chance.rank(words)
        opening = Word("when", "when", "ADV", "WRB", "PronType=Rel")
        return [opening if form == "when" else subordinator(form), *self.clause(room)]

    def statement(self) -> Words:
        """Return a declarative sentence."""
        shape = self.chance.weighted(
            [
                (8.0, "plain"),
                (1.4, "fronted"),
                (1.1, "two"),
                (1.0, "because"),
                (0.7, "because first"),
                (0.7, "there"),
                (0.6, "ellipsis"),
                (0.4, "insertion"),
                (0.3, "colon"),
                (0.2, "price"),
            ]
        )
        if shape == "plain":
            words = self.clause(0.8)
        elif shape == "fronted":
            words = [*self.adverbial(0.4), COMMA, *self.clause(0.6)]
        elif shape == "two":
            first, second = self.clause(0.5), self.clause(0.5)
            if self.chance.maybe(0.2):
                words = [*first, SEMICOLON, *second]
            else:
                conjunction = self.chance.choose(["and", "but", "so", "or", "for"])
                words = [*first, COMMA, coordinator(conjunction), *second]
        elif shape == "because":
            words = [*self.clause(0.7), *self.subordinate(0.5)]
        elif shape == "because first":
            words = [*self.subordinate(0.6), COMMA, *self.clause(0.7)]
        elif shape == "there":
            what = self.common("ideas" if self.chance.maybe(0.4) else "things", 0.5)
            auxiliary, rest = self.group("be", what)
            words = [THERE, *auxiliary, *rest, *what.words, *self.place(0.4)]
        elif shape == "ellipsis":
            words = self.ellipsis()
        elif shape == "insertion":
            inside = [OPEN_BRACKET, *self.time(), CLOSE_BRACKET]
            subject = self.subject(0.4)
            words = [*subject.words, *tighten(inside), *self.predicate(subject, 0.6)]
        elif shape == "colon":
            words = [*self.clause(0.3), self.chance.choose([COLON, DASH]), *self.clause(0.3)]
        else:
            dollar = Word("$", "$", "SYM", "$")
            amount = number_word(f"{self.chance.between(2, 90)}.{self.chance.between(1, 9)}0")
            subject = self.common("things", 0.3)
            cost = finite("cost", "Pres", subject)
            words = [*subject.words, cost, dollar, replace(amount, tight=True)]
        return [*words, mark(".")]

    def ellipsis(self) -> Words:
        """Return two clauses of which the second leaves out its verb."""
        verb = finite(self.chance.choose(["find", "buy", "take", "carry"]), "Past", Phrase(()))
        first = [*self.name(), verb, *self.common("things", 0.2).words]
        second = [*self.name(), replace(verb, empty=True), *self.common("things", 0.2).words]
        return [*first, COMMA, coordinator("and"), *second]

    def quotation(self) -> Words:
        """Return something that somebody says."""
        end = COMMA if self.chance.maybe(0.7) else mark(self.chance.choose(["?", "!"]))
        speech = [*self.clause(0.4), end]
        speaker = Phrase(tuple(self.name())) if self.chance.maybe(0.5) else self.common("people", 0)
        said = finite(self.chance.choose(["say", "reply", "whisper", "answer"]), "Past", speaker)
        quoted = [OPEN_QUOTE, *speech, CLOSE_QUOTE]
        inverted = [said, *speaker.words] if self.chance.maybe(0.5) else [*speaker.words, said]
        return [*tighten(quoted), *inverted, mark(".")]

    def question(self) -> Words:
        """Return a question."""
        verb, complement = self.complement(0.3)
        choice = self.chance.between(0, 5)
        if choice == 0:
            who = Phrase((_pronoun_what("who"),))
            return [*who.words, *self.predicate(who, 0.4), mark("?")]
        subject = self.subject(0.3)
        if choice == 1:
            verb = self.verb_lemma(lexicon.PERSON_TO_THING)
            opening = [_pronoun_what("what")]
            complement = []
        elif choice == 2:
            form = self.chance.choose(["where", "when", "why", "how"])
            opening = [Word(form, form, "ADV", "WRB", "PronType=Int")]
        elif choice == 3:
            verb = self.verb_lemma(lexicon.PERSON_TO_THING)
            opening = [
                Word("which", "which", "DET", "WDT", "PronType=Int"),
                noun(self.noun_lemma("things"), self.chance.choose(["Sing", "Plur"])),
            ]
            complement = []
        else:
            opening = []
        auxiliary, rest = self.group(verb, subject, split=True)
        return [*opening, *auxiliary, *subject.words, *rest, *complement, mark("?")]

    def order(self) -> Words:
        """Return an imperative sentence."""
        verb, objects = self.complement(0.4)
        words = [imperative(verb), *objects]
        if verb == "be":
            words = [Word("be", "be", "AUX", "VB", "Mood=Imp|Person=2|VerbForm=Fin"), *objects]
        if self.chance.maybe(0.25):
            do = Word("do", "do", "AUX", "VB", "Mood=Imp|Person=2|VerbForm=Fin")
            words = [*self.negated(do), infinitive(verb, words[0].upos), *objects]
        if self.chance.maybe(0.25):
            words += [COMMA, Word("please", "please", "INTJ", "UH")]
        return [*words, mark("!" if self.chance.maybe(0.3) else ".")]

    def exclamation(self) -> Words:
        """Return an exclamation."""
        core = [adjective(self.adjective_lemma()[0]), noun(self.noun_lemma("ideas"))]
        what = Word("what", "what", "DET", "WDT", "PronType=Int")
        return [what, article(core[0].form), *core, mark("!")]

    def sentence(self) -> Words:
        """Return a sentence of any kind, 3 to 35 words with its punctuation, capitalized."""
        kinds = [
            (15.0, self.statement),
            (1.6, self.question),
            (1.0, self.order),
            (1.3, self.quotation),
            (0.3, self.exclamation),
            (0.25, lambda: self.chance.choose(FRAGMENTS)),
        ]
        words = self.chance.weighted(kinds)()
        while not 3 <= len(words) <= 35:
            words = self.chance.weighted(kinds)()
        return capitalized(words)


def tighten(words: Words) -> Words:
    """Return words in quotes or brackets: the second follows the first without a space."""
    return [words[0], replace(words[1], tight=True), *words[2:]]


def capitalized(words: Words) -> Words:
    """Return a sentence with its first word capitalized; quotes before it stay as they are."""
    first = next(index for index, word in enumerate(words) if word.upos != "PUNCT")
    form = words[first].form
    return [
        *words[:first],
        replace(words[first], form=form[0].upper() + form[1:]),
        *words[first + 1 :],
    ]
