"""What validation says of a change, and how a request is told."""

import json
from dataclasses import dataclass
from typing import Any, Final

from rdflib import Graph

from server.http.formats import FORMATS, GRAPHS, HTML, TEXT, Format
from server.http.problems import Problem
from server.http.rdf import serialised

JSON: Final = Format("json", "application/json", "JSON")
OFFERS: Final = (JSON, *GRAPHS, HTML, TEXT)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The results that a change has brought, in each form that a request may ask for.

    `results` are those of the report in JSON, `text` the report for people, `graph` the SHACL
    report in N-Triples. It conforms if none of the results is a violation.
    """

    conforms: bool = True
    results: tuple[dict[str, Any], ...] = ()
    text: str = "No problems found.\n"
    graph: bytes = b""

    def members(self) -> dict[str, Any]:
        """Return the verdict as members of a JSON object."""
        return {"conforms": self.conforms, "results": list(self.results)}

    def written(self, wanted: Format) -> bytes:
        """Return the SHACL report in a format for graphs."""
        graph = Graph(bind_namespaces="none")
        graph.parse(data=self.graph, format="nt")
        return serialised(graph, FORMATS[wanted.key])

    def to_json(self) -> str:
        """Return the verdict as JSON."""
        return json.dumps(self.members(), ensure_ascii=False, indent=2) + "\n"


class Invalid(Problem):
    """A change that may not be served: it would bring violations of the shapes."""

    def __init__(self, verdict: Verdict) -> None:
        number = sum(result["severity"] == "Violation" for result in verdict.results)
        first = next(item for item in verdict.results if item["severity"] == "Violation")
        more = f", and {number - 1} more" if number > 1 else ""
        super().__init__(
            "violations",
            f"{first['label']}: {first['problem']}. {first['message']}{more and more + '.'}",
            more=verdict.members(),
        )
        self.verdict = verdict
