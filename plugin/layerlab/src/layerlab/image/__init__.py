"""Images as values: references, configuration, history, digests, and the store that keeps them."""
