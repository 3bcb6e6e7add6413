"""Craigslist: search pages of any city and category, and single postings."""
