"""What all answers share: formats, negotiation, caching, compression, errors, headers."""
