"""Twelve questions of a researcher, for the generated graph; each has rows at every size.

Each orders its rows wholly where it limits them, so that servers can be compared row by row.
"""

from typing import Final

PREFIXES: Final = """PREFIX cebu: <https://w3id.org/cebu/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX id: <https://w3id.org/cebu/id/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""

_PLANNED: Final = "<https://w3id.org/cebu/id/concept/project-status/planned>"
_VIET_NAM: Final = "<https://w3id.org/cebu/id/state/viet-nam>"

_QUERIES: Final = {
    "one-project": """
        SELECT ?property ?value {
          <https://w3id.org/cebu/id/project/work-plans/7> ?property ?value
        }""",
    "projects-planned": f"""
        SELECT ?project ?title {{
          ?project a cebu:Project ; cebu:status {_PLANNED} ; dcterms:title ?title
        }}
        ORDER BY STR(?project) LIMIT 50""",
    "projects-coordinated": f"""
        SELECT ?project ?title ?plan {{
          ?project cebu:coordinator {_VIET_NAM} ; dcterms:title ?title ;
            cebu:partOfPlan/rdfs:label ?plan
        }}
        ORDER BY STR(?project) LIMIT 50""",
    "meetings-of-years": """
        SELECT ?meeting ?date ?city {
          ?meeting a cebu:Meeting ; cebu:earliest ?date ; cebu:city ?city
          FILTER (?date >= "2008-01-01"^^xsd:date && ?date < "2022-01-01"^^xsd:date)
        }
        ORDER BY ?date STR(?meeting) LIMIT 100""",
    "texts-on-wages": """
        SELECT ?recommendation ?text {
          ?recommendation a cebu:Recommendation ; cebu:text ?text
          FILTER (CONTAINS(LCASE(STR(?text)), "wages"))
        }
        ORDER BY STR(?recommendation) LIMIT 50""",
    "projects-by-status": """
        SELECT ?status (COUNT(?project) AS ?projects) {
          ?project a cebu:Project ; cebu:status ?status
        }
        GROUP BY ?status ORDER BY STR(?status)""",
    "projects-with-times": """
        SELECT ?project ?number ?from ?to ?partner {
          ?project a cebu:Project ; cebu:number ?number .
          OPTIONAL { ?project cebu:earliest ?from ; cebu:latest ?to }
          OPTIONAL { ?project cebu:collaborator ?partner }
        }
        ORDER BY STR(?project) LIMIT 100""",
    "bodies-below": """
        SELECT ?body ?label {
          ?body org:subOrganizationOf+ <https://w3id.org/cebu/id/body/organ-2> ; rdfs:label ?label
        }
        ORDER BY STR(?body) LIMIT 100""",
    "latest-treaty-acts": """
        SELECT ?state ?instrument ?act ?date {
          ?status a cebu:TreatyStatus ; cebu:state/rdfs:label ?state ;
            cebu:instrument ?instrument ; cebu:treatyStatus ?act ; cebu:earliest ?date
        }
        ORDER BY DESC(?date) STR(?status) LIMIT 20""",
    "projects-without-status": """
        SELECT ?project ?title {
          ?project a cebu:Project ; dcterms:title ?title
          MINUS { ?project cebu:status ?status }
        }
        ORDER BY STR(?project) LIMIT 50""",
    "said-of-state": f"""
        SELECT ?thing ?label {{
          {{ ?thing a cebu:Initiative ; cebu:country {_VIET_NAM} }}
          UNION {{ ?thing a cebu:Finding ; cebu:country {_VIET_NAM} }}
          ?thing rdfs:label ?label
        }}
        ORDER BY STR(?thing) LIMIT 100""",
    "evidence-by-coordinator": """
        SELECT ?state ?theme (COUNT(DISTINCT ?project) AS ?projects)
               (COUNT(?passage) AS ?passages) {
          ?project a cebu:Project ; cebu:coordinator ?state ; cebu:theme ?theme .
          ?claim rdf:subject ?project ; cebu:evidence ?passage
        }
        GROUP BY ?state ?theme ORDER BY STR(?state) STR(?theme)""",
}

MIX: Final = {name: PREFIXES + text for name, text in _QUERIES.items()}
# What these take does not grow much with the graph.
LIGHT: Final = (
    "one-project",
    "projects-coordinated",
    "meetings-of-years",
    "texts-on-wages",
    "bodies-below",
)
LIGHTEST: Final = "one-project"
HEAVIEST: Final = "evidence-by-coordinator"
