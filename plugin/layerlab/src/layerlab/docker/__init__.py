"""The `docker` command of a simulated host: its subcommands, and every text Docker prints, to the letter."""
