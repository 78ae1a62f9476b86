"""JSON in, JSON out: the one door the page, the Markdown extension and the tests use."""
