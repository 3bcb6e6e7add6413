"""What scanning does to the tables: sources are fetched, their entries stored, and the entries read into deals."""
