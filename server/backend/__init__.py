"""Another SPARQL engine behind this server."""
