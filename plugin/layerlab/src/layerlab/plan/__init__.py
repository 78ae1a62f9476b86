"""From a parsed Dockerfile to what a builder would do: stages, scope of variables, configurations, step names."""
