"""Forms are read as the standard library reads them, bytes that are no UTF-8 refused."""

from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.endpoint import forms
from server.http.problems import Problem

PIECES = st.lists(
    st.one_of(
        st.sampled_from(
            ("query", "format", "=", "==", "&", "&&", "+", "%", "%%", "%2", "%3D", "%3d", "%25",
             "%2%35", "%0A", "%0D%0A", "\n", "=\n", "_", " ", "%zz", "=41", "%00", ";", "\t")
        ),
        st.text(max_size=4),
        st.text(max_size=4).map(quote),
        st.text(max_size=4).map(quote_plus),
        st.integers(0, 255).map(lambda byte: f"%{byte:02X}"),
    ),
    max_size=12,
)  # fmt: skip


@given(PIECES)
@settings(max_examples=2000)
@example(["query", "=", "%2%35"])
@example(["query", "=", "a=b%3Dc+d"])
@example(["query", "=", "%%41"])
@example(["query", "=", "a", "&", "query"])
def test_fields_are_read_as_the_standard_library_reads_them(pieces: list[str]) -> None:
    form = "".join(pieces).encode("utf-8", "replace")
    try:
        expected = parse_qsl(form.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(Problem, match="UTF-8"):
            forms.fields(form)
    else:
        assert forms.fields(form) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_query_comes_through(query: str) -> None:
    assert forms.fields(f"query={quote(query)}".encode()) == [("query", query)]
    assert forms.fields(f"query={quote_plus(query)}&format=csv".encode()) == [
        ("query", query),
        ("format", "csv"),
    ]
