"""One address of each kind of page, for whatever must hold on all of them."""

from typing import Final

from server.explore import routes

# Of these, one for each class that has a page: the first thing by address.
CLASSES: Final = (
    *("Body", "Claim", "Discrepancy", "Finding", "Initiative", "Instrument", "Meeting"),
    *("MemberState", "Passage", "Plan", "Project", "Provision", "Recommendation"),
    *("SourceDocument", "TreatyStatus"),
)
OTHER_CLASSES: Final = (
    "http://www.w3.org/2004/02/skos/core#Concept",
    "http://www.w3.org/2004/02/skos/core#ConceptScheme",
    "http://purl.org/linked-data/cube#DataSet",
    "http://purl.org/linked-data/cube#Observation",
)
PAGES: Final = (
    "/",
    "/about",
    "/search",
    "/search?q=portability&kind=project",
    "/search?q=vietnm",
    "/search?q=nothingatallhere",
    "/doc/state/viet-nam",
    "/doc/body/ilo",
    "/doc/project/action-plan-2018-2025/1",
    "/sources",
    "/sources/action-plan-2018-2025",
    "/sources/action-plan-2018-2025?at=100",
    "/queries",
    "/queries/projects-coordinated-by-state",
    "/explore",
    *(f"/explore/{name}" for name in routes._VIEWS),
    "/quality",
    "/sparql",
    "/sparql?query=SELECT%20%2A%20%7B%20%3Fs%20a%20cebu%3APlan%20%7D",
    "/sparql?query=SELECT%20%2A%20%7B%20%3Fs%20a%20",
    "/changes",
    "/dataset",
    "/graph/schemes",
    "/prefixes",
    "/ontology",
    "/shapes",
    "/validate",
    "/problems",
)
REFUSED: Final = (("/nothing/here", 404), ("/search?kind=nothing", 400), ("/queries/none", 404))
# Over the small graph, to which something was written.
CHANGED: Final = ("/changes", "/changes/1", "/changes?from=0&to=1", "/quality")
