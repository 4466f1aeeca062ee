"""Things, the documents about them, and the dataset as a whole."""
