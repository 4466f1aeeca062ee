"""What was changed, and the past versions."""
