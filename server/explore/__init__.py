"""Views of the graph for whoever explores it."""
