"""Watching the sources: what a source gives is held against what it gave, and an alarm is raised when that falls off."""
