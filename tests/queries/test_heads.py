"""Every question says what it asks, and docs/queries.md lists it."""

import re
from collections import Counter
from pathlib import Path
from typing import Final

from ontology.namespaces import PREFIXES
from server.library.library import Question
from server.store.store import GraphStore

DOCS: Final = Path(__file__).parents[2] / "docs" / "queries.md"
ROW: Final = re.compile(r"^\| `([a-z-]+)` \| (.+) \|$", re.MULTILINE)
PREFIX: Final = re.compile(r"^PREFIX ([a-z-]+): <(.+)>$", re.MULTILINE)


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
