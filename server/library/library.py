"""The question library: one file a question, SPARQL under a head that says what it asks.

A file begins with comment lines `#+ ` that hold YAML: `title`, `description`, `tags` (a list), and
`parameters` (a list of `name`, `label`, `default`, and one of `class`, `scheme`, `type: string`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, RDFS, SKOS
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ontology.iris import check_slug, path_of, resource
from ontology.namespaces import CEBU, ID
from server.http.problems import Problem
from server.linked_data.labels import label
from server.sparql.parameters import bind

_HEAD: Final = "#+ "
MAX_STRING: Final = 200


class LibraryError(Exception):
    """A question that cannot be used; the message names its file and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a question that the asker gives a value, an id path or a string.

    `class_iri` or `scheme_iri` says what things it may be; neither means any string.
    """

    name: str
    label: str
    default: str
    class_iri: str | None = None
    scheme_iri: str | None = None

    def choices(self, data: Graph) -> list[tuple[str, str]]:
        """Return value and label of each thing that it may be, by label; none for a string."""
        if self.class_iri:
            classes = set(data.transitive_subjects(RDFS.subClassOf, URIRef(self.class_iri)))
            things = {thing for kind in classes for thing in data.subjects(RDF.type, kind)}
        elif self.scheme_iri:
            things = set(data.subjects(SKOS.inScheme, URIRef(self.scheme_iri)))
        else:
            return []
        pairs = [(_value(str(thing)), label(data, str(thing))) for thing in things]
        return sorted(pairs, key=lambda pair: (pair[1].casefold(), pair[0]))

    def term(self, value: str) -> str:
        """Return `value` as a SPARQL term.

        Raises `Problem` if it is no address of a thing, or a string that is too long.
        """
        if self.class_iri or self.scheme_iri:
            try:
                return f"<{resource(value.removeprefix(ID))}>"
            except ValueError as error:
                raise Problem("parameter", f"{self.name}: {error}.") from error
        if len(value) > MAX_STRING:
            raise Problem("parameter", f"{self.name}: at most {MAX_STRING} characters are taken.")
        return str(ox.Literal(value))

    def check(self, value: str, data: Graph) -> None:
        """Raise `Problem` if `value` is not among the choices."""
        choices = self.choices(data)
        if choices and value.removeprefix(ID) not in {choice for choice, _ in choices}:
            raise Problem(
                "parameter",
                f"{value!r} is not a value of {self.name} ({self.label}).",
                more={"available": [choice for choice, _ in choices]},
            )


@dataclass(frozen=True, slots=True)
class Question:
    """A query of the library, with what its head says of it."""

    name: str
    title: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return a value for each parameter: the one given, or else the default.

        Raises `Problem` if a value is given for a parameter that the question has not.
        """
        known = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in known:
                raise Problem(
                    "parameter",
                    f"This question has no parameter {name!r}.",
                    next_step="Use the parameters listed, or none.",
                    more={"available": known},
                )
        return {item.name: given.get(item.name) or item.default for item in self.parameters}

    def query(self, values: Mapping[str, str]) -> str:
        """Return the SPARQL text with the parameters bound to `values`.

        Raises `Problem` if a value is not of the form that its parameter takes.
        """
        return bind(
            self.text, {item.name: item.term(values[item.name]) for item in self.parameters}
        )


class Library:
    """The questions of one folder, by name."""

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._questions = dict(questions)

    @classmethod
    def load(cls, folder: Path) -> "Library":
        """Read every `*.rq` file of `folder`; a folder that is not there is an empty library.

        Raises `LibraryError` if a file cannot be used.
        """
        return cls({path.stem: read_question(path) for path in sorted(folder.glob("*.rq"))})

    def __iter__(self) -> Iterator[Question]:
        return iter(self._questions.values())

    def __len__(self) -> int:
        return len(self._questions)

    def get(self, name: str) -> Question:
        """Return the question of that name; raise `Problem` if there is none."""
        if name not in self._questions:
            raise Problem("question-unknown", f"The library has no question {name!r}.")
        return self._questions[name]

    def to_start_with(self, number: int) -> list[Question]:
        """Return `number` questions for a first visit: those tagged `start`, then any."""
        return sorted(self, key=lambda question: ("start" not in question.tags, question.name))[
            :number
        ]


def is_question(path: Path) -> bool:
    """Say whether the file begins with the head of a question.

    Raises `LibraryError` if it cannot be read.
    """
    return _read(path).startswith("#+")


def read_question(path: Path) -> Question:
    """Read a question from its file.

    Raises `LibraryError`, naming the file, if its head or a parameter cannot be used.
    """
    lines = _read(path).splitlines(keepends=True)
    size = next((i for i, line in enumerate(lines) if not line.startswith("#+")), len(lines))
    head = "".join(line.removeprefix(_HEAD).removeprefix("#+") for line in lines[:size])
    try:
        fields = YAML(typ="safe").load(head) or {}
        question = Question(
            name=check_slug(path.stem),
            title=str(fields["title"]),
            description=str(fields.get("description", "")).strip(),
            tags=tuple(str(tag) for tag in fields.get("tags") or ()),
            parameters=tuple(_parameter(item) for item in fields.get("parameters") or ()),
            text="".join(lines[size:]).strip() + "\n",
        )
        question.query(question.values({}))
    except YAMLError as error:
        raise LibraryError(f"{path}: the lines that begin with #+ are not YAML: {error}") from error
    except KeyError as error:
        raise LibraryError(f"{path}: the head says no {error.args[0]}. Add it") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise LibraryError(f"{path}: {error}") from error
    except Problem as error:
        raise LibraryError(f"{path}: {error.detail}") from error
    return question


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise LibraryError(f"{path}: cannot be read: {error}") from error


def _parameter(fields: Mapping[str, Any]) -> Parameter:
    kinds = [kind for kind in ("class", "scheme", "type") if kind in fields]
    name = str(fields["name"])
    if len(kinds) != 1 or ("type" in fields and fields["type"] != "string"):
        raise ValueError(f"parameter {name}: say one of class, scheme, type: string")
    class_, scheme = fields.get("class"), fields.get("scheme")
    return Parameter(
        name=name,
        label=str(fields["label"]),
        default=str(fields["default"]),
        class_iri=str(CEBU[class_]) if class_ else None,
        scheme_iri=str(resource(f"concept/{scheme}")) if scheme else None,
    )


def _value(iri: str) -> str:
    """Return the id path of one of our things, or the IRI of another's."""
    try:
        return path_of(iri)
    except ValueError:
        return iri
