"""Every shape against its cases.

A case is `cases/{shape file}/valid.{what}.ttl` or `invalid.{fault}.ttl`, added to `cases/base.ttl`.
Its first line names the shapes that must complain (`# triggers: ...`). Its entities get passages
and claims of their own, unless the head says `# as it stands`. The report of an invalid case is
`invalid.{fault}.approved.txt` beside it: run the tests with `CEBU_APPROVE=1` to write these files
again, then read the difference as you would read code.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, RDFS, SH, Graph, URIRef
from rdflib.term import Node

from shapes import ValidationReport, load_shapes, validate

CASES: Final = Path(__file__).parent / "cases"
VALID: Final = sorted(CASES.glob("*/valid.*.ttl"))
INVALID: Final = sorted(CASES.glob("*/invalid.*.ttl"))
SHAPES: Final = "https://w3id.org/cebu/shapes#"
TARGETS: Final = (SH.targetClass, SH.targetSubjectsOf)
# Parameters of SHACL's core constraint components (SHACL, section 4) and of SPARQL's.
PARAMETERS: Final = {
    SH[name]: SH[f"{name[0].upper()}{name[1:]}ConstraintComponent"]
    for name in (
        *("class", "datatype", "equals", "languageIn", "lessThan", "lessThanOrEquals"),
        *("maxCount", "minCount", "minInclusive", "minLength", "node", "nodeKind", "or"),
        *("pattern", "uniqueLang"),
    )
}

Run = Callable[[Path], ValidationReport]


@pytest.fixture(scope="session")
def run(base: Graph, documented: Callable[..., Graph]) -> Run:
    """The function that validates a case, once for all tests."""
    done: dict[Path, ValidationReport] = {}
    foundation = documented(base)

    def report(path: Path) -> ValidationReport:
        if path not in done:
            text = path.read_text(encoding="utf-8")
            case = Graph(bind_namespaces="none").parse(data=text, format="turtle")
            if "# as it stands" not in text.splitlines()[:2]:
                case = documented(case, start=5000)
            case += foundation
            done[path] = validate(case)
        return done[path]

    return report


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def complaining(report: ValidationReport) -> set[str]:
    """The local names of the shapes, or the SPARQL constraints, that complain."""
    names = (
        result.constraint if result.constraint.startswith(SHAPES) else result.source_shape
        for result in report.results
    )
    return {each.removeprefix(SHAPES) for each in names}


def demanding(shapes: Graph) -> set[Node]:
    """The shapes and SPARQL constraints that results can name: targeted, or a property of such."""
    targeted = {shape for target in TARGETS for shape in shapes.subjects(target)}
    reached = targeted | {part for shape in targeted for part in shapes.objects(shape, SH.property)}
    queries = {query for shape in reached for query in shapes.objects(shape, SH.sparql)}
    return queries | {shape for shape in reached if components(shapes, shape)}


def components(shapes: Graph, shape: Node) -> set[URIRef]:
    """The constraint components that a shape makes use of itself."""
    return {part for parameter, part in PARAMETERS.items() if (shape, parameter, None) in shapes}


@pytest.mark.parametrize("path", VALID, ids=name)
def test_a_valid_case_gives_no_result(path: Path, run: Run) -> None:
    assert run(path).text() == "No problems found.\n"


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_an_invalid_case_triggers_the_shapes_it_names(path: Path, run: Run) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# triggers: "), f"{path}:1: write `# triggers: {{shape}}`"
    assert complaining(run(path)) == set(first.removeprefix("# triggers: ").split())


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_an_invalid_case_gives_the_approved_report(path: Path, run: Run) -> None:
    approved = path.with_suffix(".approved.txt")
    text = run(path).text()
    if os.environ.get("CEBU_APPROVE"):
        approved.write_text(text, encoding="utf-8")
    assert approved.exists(), f"{approved} is missing: run with CEBU_APPROVE=1 and read it"
    assert text == approved.read_text(encoding="utf-8")


def test_every_shape_has_a_case_that_triggers_it_alone(run: Run) -> None:
    found = [complaining(run(path)) for path in INVALID]
    alone = {URIRef(SHAPES + only) for names in found if len(names) == 1 for only in names}
    assert demanding(load_shapes()) - alone == set()


def test_every_constraint_of_every_shape_is_triggered(run: Run) -> None:
    shapes = load_shapes()
    found = {
        (result.source_shape, result.constraint) for path in INVALID for result in run(path).results
    }
    wanted = {
        (str(shape), str(component))
        for shape in demanding(shapes)
        for component in components(shapes, shape)
    }
    assert wanted - found == set()


def test_only_constraints_that_the_cases_know_are_used() -> None:
    shapes = load_shapes()
    other = (SH.sparql, SH.property, SH.path, SH.severity, SH.message, *TARGETS)
    used = {
        predicate
        for kind in (SH.NodeShape, SH.PropertyShape)
        for shape in shapes.subjects(RDF.type, kind)
        for predicate in shapes.predicates(shape)
    }
    assert used - {*PARAMETERS, *other, RDF.type, RDFS.label} == set()


def test_every_shapes_file_has_valid_and_invalid_cases() -> None:
    files = {path.stem for path in (CASES.parents[2] / "shapes").glob("*.ttl")} - {"shapes"}
    assert {path.parent.name for path in VALID} == files
    assert {path.parent.name for path in INVALID} == files


def test_no_approved_report_is_without_its_case() -> None:
    approved = {path.with_suffix("").with_suffix("") for path in CASES.glob("*/*.approved.txt")}
    assert approved == {path.with_suffix("") for path in INVALID}
