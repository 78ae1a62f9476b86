"""A simulated Docker host: what `docker build` prints, what each layer holds, and why a step was cached."""

__version__ = "0.1.0"
