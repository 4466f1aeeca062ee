"""Validation against the shapes: of changes before they are served, of RDF that anyone sends."""
