"""Words as people write them: folding, variant spellings, and the closest word that is known."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

_WORD: Final = re.compile(r"[^\W_]+")
# British and American; printed documents have both.
_VARIANTS: Final = (
    ("our", "or"),
    ("isation", "ization"),
    ("ise", "ize"),
    ("ising", "izing"),
    ("yse", "yze"),
    ("programme", "program"),
    ("centre", "center"),
    ("defence", "defense"),
    ("licence", "license"),
    ("fulfil", "fulfill"),
    ("elling", "eling"),
    ("elled", "eled"),
)
_SHORTEST_PREFIX: Final = 3
_SHORTEST_PART: Final = 3
_COMPLETIONS: Final = 30
# So many letters may be wrong, of words with so many letters.
_SLIPS: Final = ((4, 1), (7, 2))


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case and without accents, as the index divides them."""
    plain = unicodedata.normalize("NFKD", text).lower()
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def folded(text: str) -> str:
    """Return the words of a text with one space between them: equal for equal names."""
    return " ".join(words(text))


class Vocabulary:
    """The words of the index, each with the number of the things that have it."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts = counts
        self._sorted = sorted(counts)
        # What has digits is a code or a year: another one is another thing.
        self._spelt = [word for word in self._sorted if not any(map(str.isdigit, word))]

    def __contains__(self, word: str) -> bool:
        """Say whether any thing has the word."""
        return word in self._counts

    def variants(self, word: str) -> list[str]:
        """Return other spellings of the word that are known: labor, organization, center."""
        found = []
        for pair in _VARIANTS:
            for old, new in (pair, pair[::-1]):
                if old in word:
                    found.append(word.replace(old, new))
        return [other for other in dict.fromkeys(found) if other != word and other in self]

    def parts(self, word: str) -> Iterator[tuple[str, str]]:
        """Yield the ways to divide the word into two that are known: viet, nam."""
        for place in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            if word[:place] in self and word[place:] in self:
                yield word[:place], word[place:]

    def completions(self, start: str) -> list[str]:
        """Return known words that begin so, the most frequent first."""
        if len(start) < _SHORTEST_PREFIX:
            return []
        first = bisect_left(self._sorted, start)
        found = []
        for word in islice(self._sorted, first, None):
            if not word.startswith(start):
                break
            found.append(word)
        return sorted(found, key=lambda word: (-self._counts[word], word))[:_COMPLETIONS]

    def closest(self, word: str) -> str | None:
        """Return the known word that differs least in letters; of equals the most frequent."""
        slips = max((most for least, most in _SLIPS if len(word) >= least), default=0)
        if not slips or any(map(str.isdigit, word)):
            return None
        near = process.extract(
            word, self._spelt, scorer=OSA.distance, score_cutoff=slips, processor=None, limit=20
        )
        ranked = sorted(
            near, key=lambda item: (item[1], item[0][0] != word[0], -self._counts[item[0]], item[0])
        )
        return ranked[0][0] if ranked else None
