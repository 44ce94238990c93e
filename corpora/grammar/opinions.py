"""Opinions: sentences that praise or blame, with what they are about."""

from __future__ import annotations

from .chance import Chance
from .templates import expand, running_text, with_articles

TaggedSentence = list[tuple[str, str]]

# What is talked about, by subject; {T} in a template is one of these.
TARGETS = {
    "meal": [
        "soup", "service", "waiter", "{dish}", "{dish}", "{dish}", "menu", "wine list", "table",
        "house bread", "dessert menu",
    ],
    "film": [
        "plot", "acting", "ending", "soundtrack", "camera work", "lead actor", "first scene",
        "{genre} film", "{genre} film", "{genre} story", "dialogue",
    ],
    "phone": [
        "battery life", "screen", "camera", "speaker", "{phone} case", "charger", "touch screen",
        "{phone} app", "menu", "keyboard",
    ],
    "hotel": [
        "room", "bed", "breakfast", "pool", "view", "front desk", "{room} window", "{room} door",
        "room service", "garden",
    ],
    "book": [
        "plot", "first chapter", "ending", "style", "{genre} novel", "{genre} story", "cover",
        "narrator", "translation",
    ],
}  # fmt: skip

RULES = {
    "dish": [
        "{fruit} pie", "{fruit} soup", "{fruit} cake", "{fruit} stew", "{fruit} salad",
        "{fruit} tea", "{fruit} tart",
    ],
    "fruit": ["apple", "lemon", "onion", "fish", "ginger", "plum", "mushroom", "bean", "carrot"],
    "genre": ["spy", "ghost", "war", "love", "crime", "family", "pirate", "robot"],
    "phone": ["music", "travel", "weather", "leather", "photo", "map"],
    "room": ["bathroom", "kitchen", "lobby", "lift", "cellar", "balcony"],
    "praise": [
        "the {T} {is} {very} {good}", "the {T} {is} {very} {good}", "the {T} {is} {very} {good}",
        "i {loved} the {T}", "we {loved} the {T}", "the {T} {shines}",
        "the {very} {good} {T} {shines}",
        "a {very} {good} {T}", "the {T} {be} n't {bad}", "the {T} {be} not {bad} at all",
        "the {T} {is} anything but {bad}", "there is nothing {bad} about the {T}",
        "nobody could {hate} the {T}", "the {T} never {seemed} {bad}", "i do n't {hate} the {T}",
        "the {T} {is} {good} and {good}", "i can recommend the {T}",
        "i have never had a {better} {T}", "the {T} {is} {better} than i expected",
    ],
    "blame": [
        "the {T} {is} {very} {bad}", "the {T} {is} {very} {bad}", "the {T} {is} {very} {bad}",
        "i {hated} the {T}", "we {hated} the {T}", "the {T} {fails}",
        "the {very} {bad} {T} {fails}",
        "a {very} {bad} {T}", "the {T} {be} n't {good}", "the {T} {be} not {very} {good}",
        "the {T} {is} far from {good}", "there is nothing {good} about the {T}",
        "nobody could {love} the {T}", "the {T} never {seemed} {good}", "i do n't {love} the {T}",
        "the {T} {is} {bad} and {bad}", "i cannot recommend the {T}",
        "i have never had a {worse} {T}", "the {T} {is} {worse} than i expected",
        "the {T} could have been {good}", "i wanted the {T} to be {good}",
        "if only the {T} were {good}", "the {T} {is} too {plain}",
    ],
    "fact": [
        "we paid for the {T}", "i read about the {T} on {day}", "my {friend} chose the {T}",
        "the {T} {is} {plain}", "we asked about the {T}", "this is about the {T}",
    ],
    "aside": [
        "we came on {day}", "my {friend} was with me", "it was {plain} outside",
        "i had read about it", "we had waited for a week",
    ],
    "be": ["is", "was"],
    "is": ["{be}", "{be}", "{seemed}"],
    "seemed": ["felt", "looked", "seemed"],
    "very": [
        "", "", "", "very", "really", "so", "absolutely", "truly", "rather", "extremely", "pretty",
    ],
    "good": [
        "good", "great", "lovely", "{delight}ful", "{delight}ful", "well-{made}", "well-{made}",
        "charming", "brilliant", "warm", "fresh", "{enjoy}able", "excellent", "moving", "clever",
    ],
    "bad": [
        "bad", "awful", "poor", "{joy}less", "{joy}less", "over{made}", "over{made}",
        "badly {made}", "dull", "un{enjoy}able", "un{enjoy}able", "stale", "terrible", "boring",
        "cold",
    ],
    "plain": ["small", "big", "old", "new", "quiet", "loud", "long", "short", "dark", "bright"],
    "better": ["better", "fresher", "warmer", "nicer", "{very} more {delight}ful"],
    "worse": ["worse", "duller", "poorer", "staler", "{very} more {joy}less"],
    # With -ful, -less, -able, un-, over- and well- these make words of which some occur only once.
    "delight": (
        "delight wonder beauti grace taste play cheer colour master meaning peace joy hope faith "
        "thought soul fruit merci bounti skil use flavour art power"
    ).split(),
    "joy": (
        "joy life heart taste colour flavour point hope humour soul charm use care spirit wit aim "
        "mind heat form shape sense tact grace meaning plot spice art thought tune rhythm bone "
        "power worth salt structure friend cheer breath energy style feature thank pulse voice "
        "motion"
    ).split(),
    "made": (
        "written cooked designed built acted priced lit timed seasoned balanced finished planned "
        "chosen paced sung played drawn edited baked roasted boiled salted sweetened cut shaped "
        "packed printed framed filmed staged polished trained heated cooled decorated furnished "
        "worked plotted scored mixed dressed told kept cleaned worn brewed grilled coloured sized "
        "equipped fitted stuffed tuned voiced illustrated translated researched"
    ).split(),
    "enjoy": (
        "enjoy like believ understand work remark comfort drink read watch bear forgiv eat us laud "
        "admir reli lov adapt notice suit navig toler accept digest reason memor manage live touch "
        "quot wear profit"
    ).split(),
    "love": ["love", "enjoy", "admire", "adore", "like"],
    "loved": ["{love}", "loved", "enjoyed", "admired", "adored"],
    "hate": ["hate", "regret", "dislike", "resent"],
    "hated": ["{hate}", "hated", "regretted", "disliked", "resented"],
    "shines": ["shines", "impressed us", "delights", "won me over", "is a pleasure", "pleases"],
    "fails": ["fails", "disappointed us", "annoys", "put me off", "is a waste", "drags"],
    "day": ["Monday", "Friday", "Sunday"],
    "friend": ["friend", "sister", "neighbour", "brother", "colleague"],
}  # fmt: skip

# For each polarity the rule that expresses it, the opposite, and the label of a sentence.
EXPRESSIONS = {"POS": "praise", "NEG": "blame", "NEU": "fact"}
OPPOSITE = {"POS": "NEG", "NEG": "POS"}
LABELS = {"POS": "positive", "NEG": "negative"}


class Opinions:
    """Makes sentences with opinions.

    Args:
        chance: Where every choice comes from.
    """

    def __init__(self, chance: Chance) -> None:
        self.chance = chance

    def clause(self, polarity: str, subject: str) -> TaggedSentence:
        """Return a clause of a polarity, with the tokens of its target tagged."""
        tagged: TaggedSentence = []
        tokens = expand(f"{{{EXPRESSIONS[polarity]}}}", RULES, self.chance)
        for token in tokens:
            if token == "{T}":
                first, *others = expand(self.chance.choose(TARGETS[subject]), RULES, self.chance)
                tagged.append((first, f"B-{polarity}"))
                tagged += [(other, f"I-{polarity}") for other in others]
            else:
                tagged.append((token, "O"))
        return tagged

    def sentence(self) -> tuple[TaggedSentence, str]:
        """Return a tagged sentence and the polarity of the whole, ``POS`` or ``NEG``.

        Where clauses disagree, the one behind ``but`` and the one outside ``although`` decide.
        """
        polarity = self.chance.choose(["POS", "NEG"])
        subject = self.chance.choose(list(TARGETS))
        main = self.clause(polarity, subject)
        other = self.clause(OPPOSITE[polarity], subject)
        same = self.clause(polarity, subject)
        fact = self.clause("NEU", subject)
        aside = [(token, "O") for token in expand("{aside}", RULES, self.chance)]
        shapes = [
            (4.0, main),
            (2.0, [*main, ("and", "O"), *same]),
            (2.5, [*other, (",", "O"), ("but", "O"), *main]),
            (1.0, [("although", "O"), *other, (",", "O"), *main]),
            (1.0, [*main, (",", "O"), ("even", "O"), ("though", "O"), *other]),
            (1.0, [*fact, ("and", "O"), *main]),
            (0.8, [*aside, ("and", "O"), *fact, (",", "O"), ("and", "O"), *main]),
            (0.7, [*same, (",", "O"), *other, (",", "O"), ("but", "O"), *main]),
            (0.5, [*main, ("because", "O"), *same]),
        ]
        ending = self.chance.choose([".", ".", ".", "!"])
        tagged = [*self.chance.weighted(shapes), (ending, "O")]
        tokens = with_articles([token for token, _ in tagged])
        tokens[0] = tokens[0][0].upper() + tokens[0][1:]
        tokens = ["I" if token == "i" else token for token in tokens]
        return list(zip(tokens, [tag for _, tag in tagged], strict=True)), polarity


def labelled_line(tagged: TaggedSentence, polarity: str) -> str:
    """Return a sentence as a line of text, tab and label."""
    return f"{running_text([token for token, _ in tagged])}\t{LABELS[polarity]}\n"
