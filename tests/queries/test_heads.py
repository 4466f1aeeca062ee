"""Every question says what it asks, and docs/queries.md lists it."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pyoxigraph as ox
from rdflib.namespace import XSD

from ontology.namespaces import ID, PREFIXES
from server.library.library import Question
from server.library.themes import NAMES
from server.store.store import GraphStore

DOCS: Final = Path(__file__).parents[2] / "docs" / "queries.md"
ROW: Final = re.compile(r"^\| `([a-z-]+)` \| (.+) \|$", re.MULTILINE)
PREFIX: Final = re.compile(r"^PREFIX ([a-z-]+): <(.+)>$", re.MULTILINE)


def is_number(value: object) -> bool:
    return isinstance(value, ox.Literal) and value.datatype.value in {
        str(XSD.integer),
        str(XSD.decimal),
    }


def is_date(value: object) -> bool:
    return isinstance(value, ox.Literal) and value.datatype.value == str(XSD.date)


def is_state(value: object) -> bool:
    return isinstance(value, ox.NamedNode) and value.value.startswith(f"{ID}state/")


def is_thing(value: object) -> bool:
    return isinstance(value, ox.NamedNode)


# What the values in the places of each kind of picture are.
FITTING: Final[Mapping[str, Mapping[str, Callable[[object], bool]]]] = {
    "chart": {"y": is_number},
    "timeline": {"start": is_date, "end": is_date, "thing": is_thing},
    "map": {"state": is_state, "value": is_number},
    "network": {"source": is_thing, "target": is_thing},
}


def section(title: str) -> str:
    """Return the text of docs/queries.md below a heading."""
    return DOCS.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]


def known_tags() -> set[str]:
    return {name for name, _ in ROW.findall(section("Tags"))}


def test_title_is_a_question_and_description_sentences(question: Question) -> None:
    assert re.fullmatch(r"[A-Z].{10,90}\?", question.title)
    assert re.fullmatch(r"[A-Z].{20,400}\.", question.description, re.DOTALL)


def test_titles_and_descriptions_differ(library: list[Question]) -> None:
    titles = Counter(question.title.casefold() for question in library)
    assert [title for title, times in titles.items() if times > 1] == []
    assert len({question.description for question in library}) == len(library)


def test_tags_are_known_and_used(library: list[Question]) -> None:
    used = {tag for question in library for tag in question.tags}
    assert used == known_tags()
    assert all(question.tags for question in library)


def test_three_questions_stand_on_the_start_page(library: list[Question]) -> None:
    assert sum("start" in question.tags for question in library) == 3


def test_default_of_a_parameter_is_one_of_its_labelled_choices(
    asking: Question, data: GraphStore
) -> None:
    for parameter in asking.parameters:
        assert re.fullmatch(r"[A-Z][^\n]+", parameter.label)
        choices = parameter.choices(data)
        assert all(label.strip() for _, label in choices)
        if parameter.class_iri or parameter.scheme_iri:
            assert parameter.default in dict(choices)
        else:
            assert parameter.default


def test_prefixes_are_declared_sorted_and_used(question: Question) -> None:
    declared = PREFIX.findall(question.text)
    names = [name for name, _ in declared]
    assert names == sorted(set(names))
    body = PREFIX.sub("", question.text)
    assert [name for name in names if not re.search(rf"(?<![\w-]){name}:\w", body)] == []
    # A prefix of the whole graph means the same here.
    assert {name: iri for name, iri in declared if name in PREFIXES}.items() <= PREFIXES.items()


def test_lines_are_short_and_order_is_given(question: Question, folder: Path) -> None:
    lines = (folder / f"{question.name}.rq").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 100] == []
    assert "\nORDER BY " in question.text


def test_docs_list_every_question_with_its_title(library: list[Question]) -> None:
    expected = [(question.name, question.title) for question in library]
    assert ROW.findall(section("Questions")) == expected, (
        "docs/queries.md, section Questions, should be:\n"
        + "\n".join(f"| `{name}` | {title} |" for name, title in expected)
    )


def test_a_view_takes_variables_of_the_query_with_values_that_fit(
    question: Question, data: GraphStore
) -> None:
    answer = data.store.query(question.query(question.values({})))
    assert isinstance(answer, ox.QuerySolutions)
    names = [variable.value for variable in answer.variables]
    rows = list(answer)
    for picture in question.pictures:
        assert set(picture.variables) <= set(names), "the query has no such variable"
        for role, fits in FITTING[picture.kind].items():
            wanted = picture.roles.get(role, ())
            for name in (wanted,) if isinstance(wanted, str) else wanted:
                values = [row[name] for row in rows if row[name] is not None]
                assert values, f"{name} has no value at all"
                assert all(fits(value) for value in values), f"{name} is no {role}"
                assert 2 * len(values) > len(rows), "the table says more than the picture"


def test_most_pictures_are_of_some_questions_only(library: list[Question]) -> None:
    kinds = {picture.kind for question in library for picture in question.pictures}
    assert kinds == set(FITTING)
    assert sum(bool(question.pictures) for question in library) < len(library) / 2


def test_themes_have_names_for_all_tags() -> None:
    assert set(NAMES) == known_tags()
