"""An update request cut into its operations (SPARQL 1.1 Update, section 3)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph as ox

from server.http.problems import Problem
from server.sparql.lexer import Token, tokens

_ONLY_INSERTS: Final = frozenset(("ADD", "CREATE"))
_ONLY_DELETES: Final = frozenset(("CLEAR", "DROP"))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: all prologues before it, and its text without them.

    `outer` are its tokens outside all brackets, placed in `body`.
    """

    prologue: str
    body: str

    @property
    def text(self) -> str:
        """Return the operation as a request of its own."""
        return f"{self.prologue}\n{self.body}"

    @property
    def outer(self) -> list[Token]:
        """Return the tokens of the body that are in no bracket, comments left out."""
        depth, found = 0, []
        for token in tokens(self.body):
            if token.kind == "bracket":
                depth += 1 if token.text in "({[" else -1
            elif depth == 0 and token.kind != "comment":
                found.append(token)
        return found

    @property
    def words(self) -> list[str]:
        """Return the keywords outside all brackets, in capitals."""
        return [token.text.upper() for token in self.outer if token.kind == "word"]

    @property
    def inserts(self) -> bool:
        """Say whether it may insert; if in doubt, yes."""
        words = self.words
        return not (words[:1] and (words[0] in _ONLY_DELETES or self._is_delete(words)))

    @property
    def deletes(self) -> bool:
        """Say whether it may delete; if in doubt, yes."""
        words = self.words
        only_inserts = words[:1] and (
            words[0] in _ONLY_INSERTS or ("INSERT" in words and "DELETE" not in words)
        )
        return not only_inserts

    @property
    def is_load(self) -> bool:
        """Say whether it is a LOAD as the grammar has it (SPARQL 1.1, section 19.8, rule 31)."""
        kinds = [
            token.text.upper() if token.kind == "word" else token.kind
            for token in tokens(self.body)
            if token.kind != "comment"
        ]
        text = " ".join("address" if kind in {"iri", "name"} else kind for kind in kinds)
        return re.fullmatch(r"LOAD (SILENT )?address( INTO GRAPH address)?", text) is not None

    @property
    def is_silent_load(self) -> bool:
        """Say whether it is a LOAD that fails without a word."""
        return self.is_load and "SILENT" in self.words

    @property
    def names_graphs(self) -> bool:
        """Say whether it chooses its dataset itself, with USING."""
        return "USING" in self.words

    @staticmethod
    def _is_delete(words: Sequence[str]) -> bool:
        return "DELETE" in words and "INSERT" not in words

    def over(self, defaults: Iterable[str], named: Iterable[str]) -> "Operation":
        """Return the operation over the dataset that the request names.

        (SPARQL 1.1 Protocol, section 2.2.3.) Raises `Problem` if it names one itself.
        """
        words = self.words
        if {"WITH", "USING"} & set(words):
            raise Problem(
                "dataset-conflict", "The update has USING or WITH, and so has the request."
            )
        where = next((item for item in self.outer if item.text.upper() == "WHERE"), None)
        if where is None or words[:1] not in (["INSERT"], ["DELETE"]):
            return self
        using = " ".join(
            [
                *(f"USING {ox.NamedNode(name)}" for name in defaults),
                *(f"USING NAMED {ox.NamedNode(name)}" for name in named),
            ]
        )
        head, pattern = self.body[: where.start], self.body[where.end :]
        if words[:2] == ["DELETE", "WHERE"]:  # the short form has no place for USING
            head = f"{head} {pattern} "
        return Operation(self.prologue, f"{head} {using} WHERE {pattern}")


def operations(text: str) -> list[Operation]:
    """Return the operations of an update that parses, in their order."""
    pieces, start, depth, rest = [], 0, 0, 0
    for token in tokens(text):
        if depth == 0:
            for at in _semicolons(text, rest, token.start):
                pieces.append(text[start:at])
                start = at + 1
        if token.kind == "bracket":
            depth = max(0, depth + (1 if token.text in "({[" else -1))
        rest = token.end
    if depth == 0:
        for at in _semicolons(text, rest, len(text)):
            pieces.append(text[start:at])
            start = at + 1
    pieces.append(text[start:])
    found, prologue = [], ""
    for piece in pieces:
        end = _prologue_end(piece)
        prologue = f"{prologue}\n{piece[:end]}" if end else prologue
        operation = Operation(prologue, piece[end:])
        if any(token.kind != "comment" for token in tokens(operation.body)):
            found.append(operation)
    return found


def _semicolons(text: str, start: int, end: int) -> list[int]:
    return [at for at in range(start, end) if text[at] == ";"]


def _prologue_end(piece: str) -> int:
    """Return where the prologue of a piece ends: its declarations of BASE, PREFIX and VERSION."""
    found = [token for token in tokens(piece) if token.kind != "comment"]
    end = index = 0
    while index < len(found):
        lengths = {"BASE": 2, "PREFIX": 3, "VERSION": 2}
        length = lengths.get(found[index].text.upper()) if found[index].kind == "word" else None
        if length is None or index + length > len(found):
            break
        index += length
        end = found[index - 1].end
    return end
