from __future__ import annotations

import io

import pytest

from seqtag.io.json_lines import Number, json_objects, kind_of, missing_key
from seqtag.io.lines import read_line_groups


def read(text: str) -> list[tuple[int, object]]:
    return list(json_objects(read_line_groups(io.BytesIO(text.encode()))))


def test_objects_have_their_lines_and_numbers_as_they_are_written() -> None:
    found = read('{"a": 2.0}\n \n\t{"b": [' + "9" * 5000 + "]}\n")
    assert found == [(1, {"a": "2.0"}), (3, {"b": ["9" * 5000]})]
    (_, first), _ = found
    assert isinstance(first, dict)
    assert isinstance(first["a"], Number)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("null", "null"),
        ("true", "true"),
        ("1e9", "a number"),
        ('"1"', "a string"),
        ("[{}]", "an array"),
    ],
)
def test_what_is_no_object_is_named(line: str, kind: str) -> None:
    assert read(line) == [(1, f"there is {kind} where an object must be; write an object a line")]


def test_damage_does_not_end_the_reading() -> None:
    (_, first), (_, second), (_, third) = read('{"a"\n{"a": -Infinity}\n{}')
    assert str(first).startswith("this is no JSON: Expecting ':' delimiter at character 5")
    assert str(second).startswith("this is no JSON: -Infinity is no value")
    assert third == {}
    assert kind_of(third) == "an object"


def test_keys_are_listed_where_one_is_missing() -> None:
    assert missing_key("b\0", ["a"]) == r"there is no key 'b\x00'; the keys are 'a'"
    assert missing_key("b", []).endswith("the keys are none")
    many = missing_key("b", [f"k{n}" for n in range(11)])
    assert many.endswith("'k9', ...")
