from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.labels import find_slips, is_one_slip

SPAN_LABELS = {
    "conll-2003": "PER LOC ORG MISC",
    "ontonotes": "PERSON NORP FAC ORG GPE LOC PRODUCT EVENT WORK_OF_ART LAW LANGUAGE DATE TIME "
    "PERCENT MONEY QUANTITY ORDINAL CARDINAL",
    "ace": "FAC GPE LOC ORG PER VEH WEA",
    "jnlpba": "DNA RNA protein cell_line cell_type",
    "conll-2000": "NP VP PP ADJP ADVP SBAR PRT CONJP INTJ LST UCP",
    "germeval": "LOC LOCderiv LOCpart ORG ORGderiv ORGpart OTH OTHderiv OTHpart PER PERderiv "
    "PERpart",
    "german-ler": "PER RR AN LD ST STR LDS ORG UN INN GRT MRK GS VO EUN VS VT RS LIT",
    "propbank": "A0 A1 A2 A3 A4 A5 AA ARG0 ARG1 ARG2 ARG3 ARG4 ARGM-ADV ARGM-CAU ARGM-DIR ARGM-DIS "
    "ARGM-EXT ARGM-LOC ARGM-MNR ARGM-MOD ARGM-NEG ARGM-PNC ARGM-PRD ARGM-PRP ARGM-REC "
    "ARGM-TMP R-ARG0 R-ARG1 C-ARG1 V",
    "sentiment": "POS NEG NEU positive negative neutral conflict",
    "atis": "aircraft_code airline_code airline_name airport_code airport_name "
    "arrive_date.date_relative arrive_date.day_name arrive_date.day_number "
    "arrive_date.month_name arrive_time.time "
    "arrive_time.time_relative city_name class_type connect cost_relative day_name day_number "
    "days_code depart_date.date_relative depart_date.day_name depart_date.day_number "
    "depart_date.today_relative depart_time.end_time depart_time.period_mod "
    "depart_time.period_of_day depart_time.start_time depart_time.time "
    "depart_time.time_relative economy fare_amount fare_basis_code flight_days flight_mod "
    "flight_number flight_stop flight_time fromloc.airport_code fromloc.airport_name "
    "fromloc.city_name fromloc.state_code fromloc.state_name meal meal_code meal_description mod "
    "month_name or period_of_day restriction_code return_date.date_relative round_trip state_code "
    "state_name stoploc.city_name time time_relative today_relative toloc.airport_code "
    "toloc.airport_name toloc.city_name toloc.state_code transport_type",
    "i2b2": "AGE BIOID CITY COUNTRY DATE DEVICE DOCTOR EMAIL FAX HEALTHPLAN HOSPITAL IDNUM "
    "LOCATION-OTHER MEDICALRECORD ORGANIZATION PATIENT PHONE PROFESSION STATE STREET URL "
    "USERNAME ZIP",
    "wnut17": "corporation creative-work group location person product",
    "timex": "DATE TIME DURATION SET",
    "cluener": "address book company game government movie name organization position scene",
}
PLAIN_TAGS = {
    "upos": "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X",
    "ptb": "CC CD DT EX FW IN JJ JJR JJS LS MD NN NNP NNPS NNS PDT POS PRP PRP$ RB RBR RBS RP SYM "
    "TO UH VB VBD VBG VBN VBP VBZ WDT WP WP$ WRB . , : ; -LRB- -RRB- `` '' $ # HYPH AFX NFP ADD GW",
    "stts": "ADJA ADJD ADV APPR APPRART APPO APZR ART CARD FM ITJ KOUI KOUS KON KOKOM NN NE PDS "
    "PDAT PIS PIAT PIDAT PPER PPOSS PPOSAT PRELS PRELAT PRF PWS PWAT PWAV PAV PTKZU PTKNEG PTKVZ "
    "PTKANT PTKA TRUNC VVFIN VVIMP VVINF VVIZU VVPP VAFIN VAIMP VAINF VAPP VMFIN VMINF VMPP XY "
    "$, $. $(",
    "deprel": "acl acl:relcl advcl advmod amod appos aux aux:pass case cc cc:preconj ccomp "
    "compound "
    "compound:prt conj cop csubj csubj:pass dep det det:predet discourse dislocated expl fixed "
    "flat flat:foreign goeswith iobj list mark nmod nmod:npmod nmod:poss nmod:tmod nsubj "
    "nsubj:pass nummod obj obl obl:agent obl:npmod obl:tmod orphan parataxis punct reparandum "
    "root vocative xcomp",
    "feats": "_ Number=Sing Number=Plur Case=Nom|Number=Sing Case=Acc|Number=Sing "
    "Mood=Ind|Number=Sing|Person=1|Tense=Past Mood=Ind|Number=Sing|Person=3|Tense=Past "
    "Degree=Pos Degree=Cmp Degree=Sup",
    "multext": "Ncmsn Ncmsg Ncmpn Ncfsn Vmip3s Vmip3p Vmip3s-n Agpmsny Agpmsn Pi-msn Pim-sn Mc---d",
    "pdt": "NNMS1-----A---- NNMS1-----A---1 AAFS1----1A---- AAFS1-----1A--- Z:------------- "
    "NNFS1-----A---- NNMS2-----A----",
}


@pytest.mark.parametrize("rare", [1, 3])
@pytest.mark.parametrize("labels", [pytest.param(v, id=k) for k, v in SPAN_LABELS.items()])
def test_labels_that_are_in_use_are_no_slips(labels: str, rare: int) -> None:
    """However rare the one and however frequent the other is."""
    for first, second in itertools.permutations(labels.split(), 2):
        assert find_slips({first: rare, second: 10**6}, are_spans=True) == {}


@pytest.mark.parametrize("tags", [pytest.param(v, id=k) for k, v in PLAIN_TAGS.items()])
def test_tags_that_are_in_use_are_no_slips(tags: str) -> None:
    for first, second in itertools.permutations(tags.split(), 2):
        assert find_slips({first: 1, second: 10**6}, are_spans=False) == {}


@pytest.mark.parametrize("are_spans", [True, False])
@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("Loc", "LOC"),
        ("per", "PER"),
        ("ＰＥＲ", "PER"),
        ("creative_work", "creative-work"),
        ("creative work", "creative-work"),
        ("Creative-Work", "creative-work"),
        ("Noun", "NOUN"),
        ("number=sing", "Number=Sing"),
    ],
)
def test_another_spelling_is_always_a_slip(slip: str, meant: str, are_spans: bool) -> None:
    assert find_slips({meant: 3, slip: 2}, are_spans=are_spans) == {slip: meant}
    assert find_slips({slip: 2, meant: 3}, are_spans=are_spans) == {slip: meant}
    assert find_slips({meant: 2, slip: 2}, are_spans=are_spans) == {slip: meant}


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("PERS", "PER"),
        ("PRE", "PER"),
        ("ORGG", "ORG"),
        ("PERSN", "PERSON"),
        ("PERSOM", "PERSON"),
        ("LOCATOIN", "LOCATION"),
        ("creativework", "creative-work"),
        ("creative-wrk", "creative-work"),
        ("NORPS", "NORP"),
    ],
)
def test_one_letter_counts_for_rare_labels_of_spans(slip: str, meant: str) -> None:
    assert find_slips({meant: 5, slip: 1}, are_spans=True) == {slip: meant}
    assert find_slips({slip: 1, meant: 5}, are_spans=True) == {slip: meant}
    assert find_slips({meant: 4, slip: 1}, are_spans=True) == {}
    assert find_slips({meant: 5, slip: 1}, are_spans=False) == {}


@pytest.mark.parametrize("pair", ["NP NPX", "PER PEL", "ARG0 ARG01", "ORG2 ORG3", "PER PERSO"])
def test_what_may_be_meant_is_no_slip(pair: str) -> None:
    first, second = pair.split()
    assert not is_one_slip(first, second)
    assert not is_one_slip(second, first)


def distance(first: str, second: str) -> int:
    """Return Damerau's distance, where two neighbours may be exchanged (optimal alignment)."""
    table = {(i, 0): i for i in range(len(first) + 1)} | {(0, j): j for j in range(len(second) + 1)}
    for i, j in itertools.product(range(1, len(first) + 1), range(1, len(second) + 1)):
        change = first[i - 1] != second[j - 1]
        table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + change)
        if i > 1 and j > 1 and first[i - 2 : i] == second[j - 2 : j][::-1]:
            table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(first), len(second)]


@given(st.text("abAB", min_size=6, max_size=9), st.text("abAB", min_size=6, max_size=9))
def test_one_slip_is_distance_one(first: str, second: str) -> None:
    """In words that are long enough; short ones have further conditions."""
    assert is_one_slip(first, second) == (distance(first, second) == 1)


def test_many_labels_take_little_time() -> None:
    labels = {f"label{chr(97 + i % 26)}{i}": 1 + i for i in range(20_000)}
    assert find_slips(labels, are_spans=True) == {}
