"""SPARQL text: read, checked and bound, before any engine sees it."""
