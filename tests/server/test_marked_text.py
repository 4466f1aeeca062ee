"""The text with its marks: nothing added, nothing lost, whatever passages and characters."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from ingest.source_text import Span
from server.sources.marked_text import MarkedText, Silence, segments

TEXTS = st.text(st.sampled_from("ab é<>&\"'\n\r\t;#x\N{GRINNING FACE}\u2028"), min_size=1)


class Reader(HTMLParser):
    """Read the text, and what of it is inside each kind of element."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.inside: dict[str, str] = {"a": "", "mark": "", "i": ""}
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in self.inside:
            self.inside[tag] += data if tag in self.open else ""


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed("".join(html))  # a plain text: Markup escapes what is added to it
    reader.close()
    assert not reader.open
    return reader


@st.composite
def texts_and_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXTS)
    bounds = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    pairs = draw(st.lists(bounds, max_size=8))
    return text, [Span(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]


@given(texts_and_spans())
def test_segments_are_the_whole_text_and_know_their_passages(
    case: tuple[str, list[Span]],
) -> None:
    text, spans = case
    found = segments(len(text), spans)
    assert "".join(text[item.start : item.end] for item in found) == text
    for item in found:
        for offset in range(item.start, item.end):
            holding = [n for n, span in enumerate(spans) if span.start <= offset < span.end]
            assert list(item.passages) == holding


@given(texts_and_spans(), st.data())
def test_without_tags_the_page_is_the_text(
    case: tuple[str, list[Span]], data: st.DataObject
) -> None:
    text, spans = case
    focus = data.draw(st.sampled_from([None, *spans]))
    marked = MarkedText(text, spans)
    reader = read(marked.html(1, len(marked.lines), focus))
    assert reader.text == text
    held = (any(span.start <= n < span.end for span in spans) for n in range(len(text)))
    # What is white space alone is no link: it could be reached and not be seen.
    linked = "".join(sign for sign, is_held in zip(text, held, strict=True) if is_held)
    assert "".join(reader.inside["a"].split()) == "".join(linked.split())
    assert reader.inside["mark"] == (text[focus.start : focus.end] if focus else "")
    assert set(reader.tags) <= {"li", "a", "mark", "span"}


@given(texts_and_spans(), st.integers(1, 5))
def test_pieces_of_the_text_are_together_the_text(case: tuple[str, list[Span]], step: int) -> None:
    marked = MarkedText(*case)
    total = len(marked.lines)
    pieces = [
        read(marked.html(first, min(first + step - 1, total))).text
        for first in range(1, total + 1, step)
    ]
    assert "".join(pieces) == case[0]


def test_the_margin_tells_evidence_from_silence() -> None:
    text = "said\npartly so\nsilent\n\nunexplained\n"
    silences = [
        Silence(Span(12, 14), "a heading"),
        Silence(Span(15, 21), '"quoted" <reason>'),
        Silence(Span(23, 34), None),
    ]
    html = MarkedText(text, [Span(0, 4), Span(5, 11)], silences).html(1, 5)
    assert '<li id="L1" class="c">' in html
    assert '<li id="L2" class="m" data-why="a heading"' in html
    assert '<li id="L3" class="s" data-why="&#34;quoted&#34; &lt;reason&gt;"' in html
    assert '<li id="L4">' in html
    assert '<li id="L5" class="u"' in html
    assert read(html).text == text
    assert read(html).inside["i"] == "sosilentunexplained"
