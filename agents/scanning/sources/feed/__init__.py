"""Feeds: RSS 0.9–2.0, RSS 1.0 (RDF), Atom and JSON Feed."""
