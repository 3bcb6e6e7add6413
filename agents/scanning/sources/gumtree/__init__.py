"""Gumtree: the British, the Australian and the former Polish site."""
