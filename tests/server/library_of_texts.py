"""A data folder with texts that are hard to mark: nested and torn passages, markup, many lines."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from ontology.namespaces import BASE, ID

HOSTILE = '<script>alert("text")</script> & <b>bold</b> &amp; </li></ol>'
HEAD = (
    "Preface\n"
    "Viet Nam coordinates the study of portability,\n"
    "together with Thailand and the ILO.\n"
    f"{HOSTILE}\n"
    "Page 3\n"
    "\n"
    "Second part\n"
)
MANY = "".join(f"Row {number}: migrant workers & their families.\n" for number in range(6000))
TEXT = HEAD + MANY


@dataclass(frozen=True)
class Place:
    start: int
    end: int

    @property
    def words(self) -> str:
        return TEXT[self.start : self.end]

    @property
    def key(self) -> str:
        return f"{self.start}-{self.end}"


def place(first: str, last: str | None = None) -> Place:
    start = TEXT.index(first)
    last = last or first
    return Place(start, TEXT.index(last, start) + len(last))


SENTENCE = place("Viet Nam", "ILO")
NESTED = place("Viet Nam")
TORN = place("portability", "Thailand")
MARKUP = place("<script>", "</ol>")
LATE = place("Row 5990: migrant workers", "families")
PASSAGES = (place("Preface"), SENTENCE, NESTED, TORN, MARKUP, LATE, place("Second part"))

_PREFIXES = f"""PREFIX cebu: <{BASE}ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <https://schema.org/>
"""


def write(folder: Path) -> Path:
    """Write documents `sample`, `changed` (another text than the graph's) and `gone` (no text)."""
    for name in ("graph", "sources", "annotations"):
        (folder / name).mkdir()
    content = TEXT.encode()
    for slug in ("sample", "changed"):
        more = b"More.\n" if slug == "changed" else b""
        (folder / "sources" / f"{slug}.txt").write_bytes(content + more)
    for slug in ("sample", "changed", "gone"):
        (folder / "graph" / f"{slug}.ttl").write_text(_graph(slug, content), encoding="utf-8")
    (folder / "annotations" / "sections.yaml").write_text(
        "sample:\n- {section: First <i>part</i>, begins: Preface}\n"
        "- {section: Second part, begins: Second part}\n",
        encoding="utf-8",
    )
    (folder / "annotations" / "sample.yaml").write_text(
        "document: sample\nsilent:\n- {quote: Page 3, why: 'page <number>'}\n", encoding="utf-8"
    )
    return folder


def _graph(slug: str, content: bytes) -> str:
    document = f"<{ID}document/{slug}>"
    parts = [
        _PREFIXES,
        f'{document} a cebu:SourceDocument ; rdfs:label "Paper {slug} <script>"@en ;'
        f' dcterms:rights "All rights <reserved>."@en ;'
        f' schema:sha256 "{hashlib.sha256(content).hexdigest()}" .',
        f'<{ID}state/viet-nam> a cebu:MemberState ; rdfs:label "Viet Nam"@en .',
        f'<{ID}project/{slug}/1> a cebu:Project ; rdfs:label "Study <b>1</b>"@en ;'
        f' cebu:coordinator <{ID}state/viet-nam> ; cebu:number "1" .',
        'cebu:coordinator rdfs:label "coordinated by"@en .',
    ]
    for item in PASSAGES:
        parts.append(
            f"<{ID}passage/{slug}/{item.key}> a cebu:Passage ;"
            f' rdfs:label "words"@en ; oa:hasSource {document} ;'
            f" cebu:exact {json.dumps(item.words)} ; cebu:start {item.start} ;"
            f" cebu:end {item.end} ; cebu:line {TEXT.count(chr(10), 0, item.start) + 1} ."
        )
    stray = f"<{ID}passage/{slug}/1-4>"
    parts.append(
        f'{stray} a cebu:Passage ; rdfs:label "stray"@en ; oa:hasSource {document} ;'
        ' cebu:exact "not these words" ; cebu:start 1 ; cebu:end 4 ; cebu:line 1 .'
    )
    for number, (item, property_, value) in enumerate(
        [
            (NESTED, "cebu:coordinator", f"<{ID}state/viet-nam>"),
            (SENTENCE, "cebu:number", '"1"'),
            (MARKUP, "rdfs:comment", '"<script>alert(2)</script>"@en'),
        ]
    ):
        parts.append(
            f'<{ID}claim/{slug}/{number:016x}> a cebu:Claim ; rdfs:label "claim {number}"@en ;'
            f" rdf:subject <{ID}project/{slug}/1> ; rdf:predicate {property_} ;"
            f" rdf:object {value} ; cebu:statedIn {document} ;"
            f" cebu:evidence <{ID}passage/{slug}/{item.key}> ."
        )
    parts.append(
        f'<{ID}discrepancy/{slug}> a cebu:Discrepancy ; rdfs:label "Two <u>sides</u>"@en ;'
        f' rdfs:comment "They differ."@en ; cebu:claim <{ID}claim/{slug}/{0:016x}> ,'
        f" <{ID}claim/{slug}/{1:016x}> ."
    )
    return "\n".join(parts) + "\n"
