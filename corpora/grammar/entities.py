"""Sentences with named entities: people, places, organizations and products."""

from __future__ import annotations

from collections.abc import Sequence

from .chance import Chance
from .templates import expand, with_articles

TaggedSentence = list[tuple[str, str]]

FIRST_NAMES = (
    "Anna Tom Mira Harlan Rose Mark Grace Will Olga Frank Ivy Bill Dawn Carl Nora May Hope Lena "
    "Victor Selma Jonas Ruth Oscar Ada Brook Florence Jordan Austin Chester"
).split()
# Some endings are shared, as they are in real names.
SURNAME_ENDINGS = "son ley more wright kov man sen ski well ton ham ford".split()
TOWN_ENDINGS = "ford burg ton ville mouth by ham haven more ley ia".split()
COMPANY_ENDINGS = "tek dyne gen soft net corp labs ix on son".split()
PRODUCT_ENDINGS = "ra ix on o ia pad max gen tek".split()

# Words that are names in one sentence and something else in another.
SURNAME_WORDS = "Baker Hill Stone Page Rivers West Young Cook Marsh Banks Reading Summit".split()
TOWN_WORDS = "Reading Bath Deal Hull Split Orange Florence Jordan Austin Chester Hope West".split()
COMPANY_WORDS = "Summit Orchard Beacon Falcon Compass Lantern Anchor Harvest Rivers Stone".split()
PRODUCT_WORDS = "Breeze Pulse Comet Nimbus Arrow Falcon Lantern Orange".split()

INSTITUTIONS = ["University", "Institute", "Bank", "Museum", "Port", "Court"]
FIELDS = ["Health", "Trade", "Water", "Transport", "Science", "Finance"]

# Names in braces and capitals are entities; the others are rules.
RULES = {
    "named": [
        "{person} {said} on {day} that {thing} was {state} .",
        "{PER} {travelled} from {LOC} to {LOC} in {month} .",
        "{person} was born in {LOC} in {year} .",
        "{person} works for {ORG} in {LOC} .",
        "{person} , {role} of {ORG} , {said} {pronoun} would {decide} .",
        "{ORG} {announced} the {PRODUCT} in {LOC} {time} .",
        "{ORG} will open {number} {places} in {LOC} and {LOC} .",
        "shares of {ORG} {rose} {number} percent {time} .",
        "the {adjective} {PRODUCT} costs {number} dollars , {said} {PER} .",
        "{person} bought a {PRODUCT} because {pronoun} needed {thing} .",
        "the {PRODUCT} by {ORG} is {adjective} .",
        "{ORG} {PRODUCT} sales {rose} in {LOC} .",
        "{time} {ORG} sued {ORG} over the {PRODUCT} .",
        "{person} met {person} near {LOC} .",
        "{person} sent {PER} {PRODUCT} {papers} .",
        "{person} showed {PER} {LOC} from the {place} .",
        "in {LOC} {PER} {waited} for {number} {hours} .",
        "on {day} {PER} left {ORG} for {ORG} .",
        "{ORG} {number} , {ORG} {number}",
        "{LOC} beat {LOC} by {number} points {time} .",
        "{LOC} , {day} : {thing} was {state} .",
        "{role} {PER} {said} : \" we {decided} in {LOC} . \"",
        "\" the {PRODUCT} is {adjective} , \" {said} {PER} of {ORG} .",
        "who is {PER} ?",
        "where is {LOC} ?",
        "does {PER} still own a {PRODUCT} ?",
        "{PER} , {PER} and {PER} {waited} in {LOC} .",
        "the {role} of {LOC} , {person} , {decided} {time} .",
        "{person} and {person} , who {waited} in {LOC} , {decided} to sell {ORG} .",
        "the road from {LOC} to {LOC} was {state} , so {PER} {waited} .",
        "people in {LOC} {said} that {ORG} had moved to {LOC} .",
        "as {PER} {said} , \" {LOC} needs {thing} \" .",
        "with the {PRODUCT} , {ORG} {decided} to compete with {ORG} .",
        "{person} ( {ORG} ) won before {PER} ( {ORG} ) .",
        "the {ORG} {place} in {LOC} is {state} .",
        "{ORG} hired {person} , who had {waited} at {ORG} for {number} {hours} .",
        "i use {PRODUCT} and {PRODUCT} at work .",
        "{PER} 's {object} was {state} , {ORG} {said} .",
        "{LOC} 's {place} was {state} .",
        "{ORG} 's {PRODUCT} was {adjective} .",
        "{thing} in {LOC} was {state} .",
        "{PER} {waited} .",
        "{ORG} {announced} {thing} .",
        "{LOC} was {state} .",
        "{PRODUCT} was {state} .",
        "{person} {said} the {place} near {LOC} , which {ORG} had {announced} {time} , was {state} "
        "because {person} and {person} {waited} {number} {hours} for {thing} .",
    ],
    # Sentences that do not tell what kind of name stands in them.
    "vague": [
        "{any} was {state} .",
        "we talked about {any} {time} .",
        "what about {any} ?",
        "nobody remembers {any} .",
        "it is all about {any} , {any} and {thing} .",
        "without {any} , {thing} is {adjective} .",
        "{time} , {any} was {adjective} .",
        "{any} again !",
        "the {role} wrote a book about {any} .",
        "this is {any} , not {any} .",
        "{any} or {any} : which is {adjective} ?",
        "the {object} reminds me of {any} .",
    ],
    # Headlines, where every word starts like a name.
    "headline": [
        "{Role} {Promises} New {Object} For {LOC}",
        "{Object} In {LOC} {Closed}",
        "{ORG} {Promises} {Adjective} {Object}",
        "{PER} {Promises} {Adjective} {Object}",
        "{Adjective} {Object} {Closed} Near {LOC}",
        "{Role} {Closed} After {Adjective} {Object}",
        "{PRODUCT} {Promises} {Adjective} {Object}",
        "No {Object} For {PER}",
        "{Object} And {Object} {Closed}",
    ],
    "nameless": [
        "will you wait for {thing} ?",
        "{day} was {adjective} and {month} was {state} .",
        "reading is good for you .",
        "may we see {thing} ?",
        "summit talks were {state} {time} .",
        "mark the page with {thing} .",
        "rose petals fell on {thing} .",
        "hope is {adjective} .",
        "stone walls are {adjective} .",
        "banks were {state} on {day} .",
        "the baker on the hill sold {number} oranges .",
        "we walked west along the rivers for {number} {hours} .",
        "a falcon sat on the {adjective} lantern .",
        "the orchard was {adjective} after the harvest .",
        "they took a bath and a cold breeze came in .",
        "a deal is a deal .",
        "the comet was seen at dawn by a young cook .",
        "her pulse was {adjective} , and the {role} {waited} .",
        "drop the anchor , then follow the compass .",
        "the {role} {said} that {thing} was {state} .",
        "nobody {waited} at the {place} {time} .",
        "the ship 's hull split on a stone .",
        "the bill was {state} , to be frank .",
        "grace under pressure is {adjective} .",
        "west winds and marsh fog were {state} {time} .",
        "there is {thing} in the {place} .",
        "we {waited} for {number} {hours} , but {thing} was {state} .",
        "Mr President , {thing} is {adjective} .",
        "the {role} speaks German and a little French .",
    ],
    "any": ["{PER}", "{LOC}", "{ORG}", "{PRODUCT}"],
    "Role": ["Mayor", "Judge", "Minister", "Baker", "Cook"],
    "Promises": ["Promises", "Wants", "Loses", "Shows", "Buys"],
    "Object": ["Summit", "Bridge", "Orchard", "Bath", "Deal", "Harvest", "Lantern", "Market"],
    "Closed": ["Closed", "Lost", "Saved", "Split", "Rose"],
    "Adjective": ["New", "Young", "Orange", "Cheap", "Famous", "Old"],
    "person": ["{PER}", "{PER}", "{PER}", "Mr {PER}", "Mrs {PER}", "Dr {PER}", "{role} {PER}"],
    "said": ["said", "explained", "wrote", "claimed", "thought", "repeated"],
    "travelled": ["travelled", "flew", "moved", "walked", "drove", "sailed"],
    "announced": ["announced", "presented", "launched", "cancelled", "promised"],
    "decide": ["resign", "pay", "return {time}", "open the {place}", "sell {thing}"],
    "decided": ["decided", "voted", "agreed", "refused", "tried"],
    "waited": ["waited", "worked", "stayed", "argued", "played", "slept"],
    "rose": ["rose", "fell", "doubled", "moved"],
    "day": ["Monday", "Tuesday", "Thursday", "Saturday"],
    "month": ["January", "March", "May", "August"],
    "time": ["yesterday", "on {day}", "in {month}", "last week", "in {year}", "again"],
    "year": ["1874", "1951", "1999", "2008", "2017"],
    "number": ["two", "three", "12", "40", "1,500", "7", "0.5"],
    "hours": ["hours", "days", "weeks", "miles"],
    "thing": [
        "the {adjective} {object}", "a {object}", "the {object} of the {place}", "water",
        "his {object}", "the {object}", "the new {object} for the {place}",
    ],
    "object": [
        "report", "bridge", "plan", "deal", "machine", "lantern", "orchard", "letter", "bath",
        "harvest", "map", "stone", "summit", "arrow", "orange", "bill", "page",
    ],
    "place": ["harbour", "factory", "summit", "hill", "market", "station", "court", "bank"],
    "places": ["shops", "schools", "banks", "offices", "plants"],
    "papers": ["letters", "manuals", "photos", "parts"],
    "state": ["closed", "open", "too late", "in danger", "lost", "under repair", "sold out"],
    "adjective": ["new", "cheap", "old", "young", "quiet", "very slow", "green", "famous"],
    "role": ["mayor", "judge", "director", "captain", "founder", "president", "baker", "minister"],
    "pronoun": ["he", "she", "they"],
}  # fmt: skip


class Entities:
    """Makes sentences with entities.

    Args:
        chance: Where every choice comes from.
        known: Invented stems that are used again and again, as the names of the famous are.
        novelty: How often a name is one that was never seen before.
    """

    def __init__(self, chance: Chance, known: Sequence[str], novelty: float = 0.5) -> None:
        self.chance = chance
        self.known = known
        self.novelty = novelty

    def coined(self, endings: Sequence[str]) -> str:
        """Return an invented name; mostly, but not always, its ending tells what it names."""
        if self.chance.maybe(self.novelty):
            stem = self.chance.syllables(self.chance.between(1, 2))
        else:
            stem = self.chance.rank(self.known)
        ending = self.chance.choose(endings) if self.chance.maybe(0.55) else ""
        return stem.capitalize() + ending

    def person(self) -> list[str]:
        """Return a person's name."""
        first = self.coined([""]) if self.chance.maybe(0.3) else self.chance.choose(FIRST_NAMES)
        if self.chance.maybe(0.25):
            last = self.chance.choose(SURNAME_WORDS)
        else:
            last = self.coined(SURNAME_ENDINGS)
        return self.chance.weighted(
            [
                (5.0, [first, last]),
                (2.0, [last]),
                (1.5, [first]),
                (0.7, [first[0] + ".", last]),
                (0.5, [first, first[-1].upper() + ".", last]),
                (0.4, [first, "van", last]),
            ]
        )

    def place(self) -> list[str]:
        """Return the name of a place."""
        if self.chance.maybe(0.25):
            name = self.chance.choose(TOWN_WORDS)
        else:
            name = self.coined(TOWN_ENDINGS)
        return self.chance.weighted(
            [
                (6.0, [name]),
                (0.8, [self.chance.choose(["North", "South", "New", "Port", "Lake"]), name]),
                (0.8, [name, self.chance.choose(["Bay", "River", "Street", "Valley", "Island"])]),
                (0.3, [name, "upon", self.coined([""])]),
            ]
        )

    def organization(self) -> list[str]:
        """Return the name of an organization."""
        if self.chance.maybe(0.25):
            name = self.chance.choose(COMPANY_WORDS)
        else:
            name = self.coined(COMPANY_ENDINGS)
        letters = self.coined([""])[:4].upper()
        company = self.chance.choose(["Industries", "Ltd", "Airlines", "Group", "United", "Inc."])
        return self.chance.weighted(
            [
                (3.0, [name]),
                (3.0, [name, company]),
                (1.2, [letters]),
                (0.8, [self.chance.choose(INSTITUTIONS), "of", *self.place()[:2]]),
                (0.5, ["Ministry", "of", self.chance.choose(FIELDS)]),
                (0.7, [name, "&", self.chance.choose(["Sons", self.coined(SURNAME_ENDINGS)])]),
                (0.5, [*self.place()[:1], self.chance.choose(["Herald", "Rovers", "University"])]),
            ]
        )

    def product(self) -> list[str]:
        """Return the name of a product."""
        if self.chance.maybe(0.25):
            name = self.chance.choose(PRODUCT_WORDS)
        else:
            name = self.coined(PRODUCT_ENDINGS)
        number = str(self.chance.between(1, 90) * self.chance.choose([1, 10, 100]))
        code = "".join(self.chance.choose("BCDFKLMNRTVXZ") for _ in range(2))
        return self.chance.weighted(
            [
                (2.0, [name]),
                (3.0, [name, number]),
                (1.5, [name, self.chance.choose(["Pro", "Mini", "Plus", "II", "X"])]),
                (1.5, [f"{code}-{number}"]),
                (1.0, [self.chance.choose(["i", "e", "my"]) + name]),
            ]
        )

    def sentence(self) -> TaggedSentence:
        """Return a sentence as tokens with their tags in the scheme BIO."""
        kind = self.chance.weighted(
            [(6.5, "named"), (1.5, "vague"), (0.8, "headline"), (1.2, "nameless")]
        )
        makers = {
            "{PER}": ("PER", self.person),
            "{LOC}": ("LOC", self.place),
            "{ORG}": ("ORG", self.organization),
            "{PRODUCT}": ("PRODUCT", self.product),
        }
        tagged: TaggedSentence = []
        for token in with_articles(expand(f"{{{kind}}}", RULES, self.chance)):
            if token in makers:
                label, make = makers[token]
                first, *others = make()
                tagged.append((first, f"B-{label}"))
                tagged += [(other, f"I-{label}") for other in others]
            else:
                tagged.append((token, "O"))
        return capitalized(tagged)


def capitalized(tagged: TaggedSentence) -> TaggedSentence:
    """Return a tagged sentence with its first word capitalized, unless it is a name."""
    first = next(index for index, (token, _) in enumerate(tagged) if token[0].isalpha())
    token, tag = tagged[first]
    if tag == "O":
        token = token[0].upper() + token[1:]
    return [*tagged[:first], (token, tag), *tagged[first + 1 :]]


def bio_conll(tagged: TaggedSentence) -> str:
    """Return a sentence as CoNLL: token, tab and tag on each line, and an empty line."""
    return "".join(f"{token}\t{tag}\n" for token, tag in tagged) + "\n"
