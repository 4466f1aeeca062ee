"""Where a subject's description begins in a Turtle file."""

from pathlib import Path

from shapes import Location, locate

TURTLE = '''@prefix ex: <https://example.org/> .
PREFIX other: <https://example.org/other#>

# <https://example.org/comment> is no subject
<https://example.org/full> a ex:Thing ;
    ex:note """two lines, and the second
<https://example.org/in-a-string> is no subject
ex:in-a-string neither, \\""" nor after it
""" .

ex:prefixed ex:sees <https://example.org/seen#it> ;
    ex:says "# no comment", 'nor "this"' .
other:dot\\,ted.name a ex:Thing .
'''


def test_subjects_are_found_at_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    assert {iri: place.line for iri, (place,) in locate([path]).items()} == {
        "https://example.org/full": 5,
        "https://example.org/prefixed": 11,
        "https://example.org/other#dot,ted.name": 13,
    }


def test_a_subject_of_two_files_has_two_locations(tmp_path: Path) -> None:
    one, two = tmp_path / "1.ttl", tmp_path / "2.ttl"
    one.write_text("<https://example.org/a> a <https://example.org/B> .\n", encoding="utf-8")
    two.write_text("\n<https://example.org/a> a <https://example.org/C> .\n", encoding="utf-8")
    found = locate([one, two])
    assert found == {"https://example.org/a": (Location(one, 1), Location(two, 2))}
    assert str(found["https://example.org/a"][1]) == f"{two}:2"


def test_a_file_without_subjects_has_none(tmp_path: Path) -> None:
    path = tmp_path / "empty.ttl"
    path.write_text("", encoding="utf-8")
    assert locate([path]) == {}
