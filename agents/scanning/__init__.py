"""Scanning: sources are fetched, and what they give is read into deals."""
