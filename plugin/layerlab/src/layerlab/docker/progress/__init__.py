"""What `docker build` prints while it builds: BuildKit's plain log and terminal view, and the legacy builder's log."""
