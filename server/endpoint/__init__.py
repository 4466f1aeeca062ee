"""The addresses of the SPARQL protocols: queries, updates, whole graphs."""
