"""From a plan to layers: steps, cache decisions with their reasons, and the record of a build."""
