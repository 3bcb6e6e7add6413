"""Real servers on one machine: PostgreSQL and Valkey from their wheels, and the processes of Deal Finder itself.

Nothing here imports Django, so that servers can run before the settings are read.
"""
