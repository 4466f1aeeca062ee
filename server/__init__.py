"""The Flask application that serves the graph: endpoint, linked data, pages and command line."""

from typing import Final

# The same number stands in pyproject.toml; a test compares them.
__version__: Final = "0.1.0"
