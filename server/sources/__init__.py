"""The documents beside the facts."""
