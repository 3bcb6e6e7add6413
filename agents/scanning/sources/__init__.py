"""The kinds of places that can be scanned. `registry` finds a kind by its name."""
