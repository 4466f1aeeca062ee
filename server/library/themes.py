"""The themes of the question library: what its tags are called, and what is asked under them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from server.library.library import Question

# In the order in which a reader meets them; docs/queries.md has the same.
NAMES: Final = {
    "start": "To begin with",
    "projects": "Projects",
    "plans": "Plans and work programmes",
    "states": "Member states",
    "bodies": "Bodies and organisations",
    "meetings": "Meetings",
    "instruments": "Conventions, declarations and laws",
    "recommendations": "Recommendations",
    "priorities": "Priorities and result areas",
    "outcomes": "Measures and results",
    "findings": "Findings",
    "dates": "Dates",
    "figures": "Figures",
    "names": "Names and abbreviations",
    "silence": "What is not printed",
    "search": "Words in texts",
    "documents": "Documents side by side",
    "evidence": "The words behind a statement",
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
