"""Pages that people send: read by the kind of the place that they come from."""
