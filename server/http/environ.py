"""What parts of the server tell each other of a request, in the WSGI environment (PEP 3333)."""

from typing import Final

# The pattern of the route, or none; for the log, and for whoever answers before Flask.
ROUTE: Final = "cebu.route"
# What became of the body: see `server.http.bodies`.
BODY: Final = "cebu.body"
