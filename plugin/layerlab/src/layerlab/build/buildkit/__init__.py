"""What is BuildKit's own: keys, layers of the two stores, the progress' vertices, the order of a build."""
