"""Asking other people's servers, with manners: robots.txt, pace, back-off, conditions, and what an operator set for a source.

`visit` asks on behalf of one source; `robots` says whether it may, `hosts` says when, `access` holds what an operator set.
"""
