"""The question library: one file a question, SPARQL under a head that says what it asks.

A file begins with comment lines `#+ ` that hold YAML: `title`, `description`, `tags` (a list), and
`parameters` (a list of `name`, `label`, `default`, and one of `class`, `scheme`, `type`), and
`view` (the pictures that the answer is shown as; see `pictures`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from rdflib.namespace import RDFS, SKOS
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ontology.iris import check_slug, path_of, resource
from ontology.namespaces import CEBU, ID
from server.http.problems import Problem
from server.library.names import named
from server.library.pictures import Picture, pictures
from server.sparql.parameters import bind
from server.store.store import GraphStore

_HEAD: Final = "#+ "
MAX_STRING: Final = 200
# The forms of strings, each with an example.
_TYPES: Final = {
    "string": (re.compile(r".*", re.DOTALL), "any words"),
    "year": (re.compile(r"[0-9]{4}", re.ASCII), "2020"),
    "date": (re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])", re.ASCII), "2020-12-31"),
}


class LibraryError(Exception):
    """A question that cannot be used; the message names its file and what is wrong there."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a question that the asker gives a value, an id path or a string.

    `class_iri` or `scheme_iri` says what things it may be; neither means a string of the form that
    `type` names.
    """

    name: str
    label: str
    default: str
    class_iri: str | None = None
    scheme_iri: str | None = None
    type: str = "string"

    def choices(self, data: GraphStore) -> list[tuple[str, str]]:
        """Return value and label of each thing that it may be, by label; none for a string."""
        if self.class_iri:
            things = named(data, f"?thing a/<{RDFS.subClassOf}>* <{self.class_iri}>")
        elif self.scheme_iri:
            things = named(data, f"?thing <{SKOS.inScheme}> <{self.scheme_iri}>")
        else:
            return []
        return [(_value(iri), name) for iri, name in things]

    def term(self, value: str) -> str:
        """Return `value` as a SPARQL term.

        Raises `Problem` if it is no address of a thing, or a string that is too long.
        """
        if self.class_iri or self.scheme_iri:
            try:
                return f"<{resource(self.plain(value))}>"
            except ValueError as error:
                raise Problem("parameter", f"{self.name}: {error}.") from error
        if len(value) > MAX_STRING:
            raise Problem("parameter", f"{self.name}: at most {MAX_STRING} characters are taken.")
        form, example = _TYPES[self.type]
        if not form.fullmatch(value):
            raise Problem(
                "parameter",
                f"{value[:80]!r} is not a {self.type} ({self.label}).",
                next_step=f"Write it as {example}.",
            )
        return str(ox.Literal(value))

    def plain(self, value: str) -> str:
        """Return the value as forms have it: a thing by its path below `id/`."""
        return value.removeprefix(ID) if self.class_iri or self.scheme_iri else value

    def check(self, value: str, data: GraphStore) -> None:
        """Raise `Problem` if `value` is not among the choices."""
        choices = self.choices(data)
        if choices and self.plain(value) not in {choice for choice, _ in choices}:
            raise Problem(
                "parameter",
                f"{value[:80]!r} is not a value of {self.name} ({self.label}).",
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
    pictures: tuple[Picture, ...] = ()

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return a value for each parameter: the one given, or else the default.

        Raises `Problem` if a value is given for a parameter that the question has not.
        """
        known = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in known:
                raise Problem(
                    "parameter",
                    f"This question has no parameter {name[:80]!r}.",
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
            raise Problem("question-unknown", f"The library has no question {name[:80]!r}.")
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
            pictures=pictures(fields.get("view")),
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
    type_ = str(fields.get("type", "string"))
    if len(kinds) != 1 or type_ not in _TYPES:
        raise ValueError(
            f"parameter {name}: say one of class, scheme, type; types are {', '.join(_TYPES)}"
        )
    class_, scheme = fields.get("class"), fields.get("scheme")
    return Parameter(
        name=name,
        label=str(fields["label"]),
        default=str(fields["default"]),
        class_iri=str(CEBU[class_]) if class_ else None,
        scheme_iri=str(resource(f"concept/{scheme}")) if scheme else None,
        type=type_,
    )


def _value(iri: str) -> str:
    """Return the id path of one of our things, or the IRI of another's."""
    try:
        return path_of(iri)
    except ValueError:
        return iri
