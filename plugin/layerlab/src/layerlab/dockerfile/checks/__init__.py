"""BuildKit's linter: its rules as data, how they are silenced, and how they are reported."""
