"""The words of the English samples, by what they do in a sentence; frequent ones come first."""

from __future__ import annotations

PEOPLE = (
    "teacher woman man child doctor farmer neighbour cook guard judge student driver sailor "
    "nurse pilot guide painter king clerk visitor thief baker miller host coach author mayor "
    "porter tailor partner watch officer"
).split()

THINGS = (
    "book letter box lamp map key ship table coat stone boat ring picture paper train "
    "watch knife chair wheel basket bag light engine photo saw bell shelf drum ladder bottle "
    "window door sheep plant leaf sketch record drawing painting"
).split()

PLACES = (
    "garden village harbour market river park school bridge field station library forest island "
    "kitchen office town house road hill shop building tower valley square port camp"
).split()

IDEAS = (
    "plan story question answer rule promise report visit change offer hope walk talk look dream "
    "play work search reply meeting feeling beginning cause study call smile warning fight rest "
    "help claim test delay"
).split()

MASSES = "water bread paper music advice light milk wood snow work silence iron sand time".split()

TIMES = "morning evening week year day night summer winter month afternoon".split()

NAMES = (
    "Anna Tom Marta Rose Peter Hope Mark Grace Will Olga Frank Ivy Bill Dawn Carl Nora Art May "
    "Baker Cook Stone Hill Rivers Page Young Brook"
).split()

TOWNS = (
    "Calden Marlow Eastport Newbridge Harrow Dunmere Stonefield Westhaven Orville Reading".split()
)

# Verbs by what follows them.
PERSON_TO_THING = (
    "find take read carry book paint break sell buy lose hide watch want need repair open close "
    "draw wash keep steal box make bring hold map light paper plant cut see show saw record use "
    "ship print copy sketch test clean dry empty free choose drop leave build stone set"
).split()

PERSON_TO_PERSON = (
    "help meet thank guide question judge visit know follow call trust see watch answer guard "
    "coach host nurse teach hear ring remember miss like"
).split()

PERSON_TO_IDEA = (
    "plan change study need forget like describe offer promise test delay answer question know "
    "report remember hear cause stop start mean discuss"
).split()

ALONE = (
    "sleep laugh walk run smile work arrive wait fall dance sing dream rest talk go come play "
    "leave cook travel hurry rise look change plan"
).split()

WITH_CLAUSE = "say think know believe hope report promise hear see claim feel fear".split()

WITH_INFINITIVE = "want plan hope try need promise decide refuse begin offer forget like".split()

WITH_GERUND = "enjoy stop avoid start finish like begin remember keep".split()

TWO_OBJECTS = "give offer show send sell lend bring tell".split()

LINKING = "seem become look feel".split()

# Adjectives that are compared with -er and -est, and those that are compared with more and most.
SHORT_ADJECTIVES = (
    "old small new long good big quiet cold dark young light warm poor late kind bad clean dry "
    "high slow fast early hot thin narrow calm hard clear low short free busy"
).split()

LONG_ADJECTIVES = (
    "open secret wooden empty patient famous careful foreign present past lovely friendly human "
    "daily central useful novel anxious hidden brilliant elderly simple national public"
).split()

FREQUENCY = "often never always usually sometimes rarely still already just also".split()
PLACE_ADVERBS = "here there away home inside outside downstairs nearby back".split()
TIME_ADVERBS = "again soon now then later early late yesterday today tomorrow once".split()
MANNER_ADVERBS = "well fast hard together alone twice".split()
DEGREE_ADVERBS = "very too so rather quite really pretty".split()

NUMBERS = "two three four five six seven eight nine ten twelve twenty forty".split()

# Endings that stems without a meaning take.
NOUN_ENDINGS = "ment tion ness ity er ist ism ship age ance hood or".split()
ADJECTIVE_ENDINGS = "ful less ous ive able al ic ish y".split()
VERB_ENDINGS = ["ise", "ify", "ate", "en", ""]
