"""eBay: the official Browse API, and saved search pages."""
