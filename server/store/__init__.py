"""The embedded store, what changes it, and the log of its changes."""
