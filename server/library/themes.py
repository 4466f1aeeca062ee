"""The themes of the question library: what its tags are called, and what is asked under them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.library.library import Question
from server.pages.catalogue import marked

# In the order in which a reader meets them; docs/queries.md has the same.
NAMES: Final = {
    "start": marked("To begin with"),
    "projects": marked("Projects"),
    "plans": marked("Plans and work programmes"),
    "states": marked("Member states"),
    "bodies": marked("Bodies and organisations"),
    "meetings": marked("Meetings"),
    "instruments": marked("Conventions, declarations and laws"),
    "recommendations": marked("Recommendations"),
    "priorities": marked("Priorities and result areas"),
    "outcomes": marked("Measures and results"),
    "findings": marked("Findings"),
    "dates": marked("Dates"),
    "figures": marked("Figures"),
    "names": marked("Names and abbreviations"),
    "silence": marked("What is not printed"),
    "search": marked("Words in texts"),
    "documents": marked("Documents side by side"),
    "evidence": marked("The words behind a statement"),
}


@dataclass(frozen=True, slots=True)
class Theme:
    """A tag, its name for people, and how many questions have it."""

    tag: str
    name: str
    number: int


def themes(questions: Iterable[Question]) -> list[Theme]:
    """Return the themes that the questions have; tags that no name is known for come last."""
    counted: dict[str, int] = {}
    for question in questions:
        for tag in question.tags:
            counted[tag] = counted.get(tag, 0) + 1
    order = [*(tag for tag in NAMES if tag in counted), *sorted(set(counted) - set(NAMES))]
    return [Theme(tag, NAMES.get(tag, tag.capitalize()), counted[tag]) for tag in order]


def by_first_theme(questions: Iterable[Question]) -> list[tuple[str, list[Question]]]:
    """Return the questions below the name of their first theme, so that each stands once."""
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(next(iter(question.tags), ""), []).append(question)
    order = [*(tag for tag in NAMES if tag in groups), *sorted(set(groups) - set(NAMES))]
    return [(NAMES.get(tag, tag.capitalize()), groups[tag]) for tag in order]


def matching(questions: Iterable[Question], words: str) -> list[Question]:
    """Return the questions whose title or description has all of the words."""
    wanted = words.casefold().split()
    return [
        question
        for question in questions
        if all(word in f"{question.title} {question.description}".casefold() for word in wanted)
    ]
