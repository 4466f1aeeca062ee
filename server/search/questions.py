"""The questions of the library as the search index holds them, beside what is in the graph."""

from pathlib import Path
from typing import Final

from ontology.namespaces import BASE
from server.library.library import Library
from server.search.documents import Document
from server.search.words import folded

ADDRESSES: Final = BASE + "queries/"
_KIND: Final = "question"
# A question says where an answer is to be had, not what it is.
_WEIGHT: Final = 0.9


def question_documents(folder: Path) -> tuple[list[Document], dict[tuple[str, str], str]]:
    """Return the questions of the folder, and the label of their kind.

    Raises `LibraryError` if one of them cannot be used.
    """
    found = [
        Document(
            ADDRESSES + question.name,
            _KIND,
            question.title,
            names=(),
            aliases=(folded(question.name),),
            titles=(),
            text=question.description,
            notes=" · ".join(question.tags),
            context="",
            weight=_WEIGHT,
            facets=frozenset({("kind", _KIND)}),
        )
        for question in Library.load(folder)
    ]
    return found, {("kind", _KIND): _KIND} if found else {}
