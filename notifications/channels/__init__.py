"""The ways of telling a user: one folder for each kind, with `base` for what all of them promise."""
