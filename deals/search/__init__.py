"""Finding deals by what somebody typed: by their words, by how they are spelt, and by what they mean.

`query` reads what was typed, `words` knows how titles spell it, `meaning` makes its vector, `finding` asks the
database and joins the three lists, `marking` shows where it was found.
"""
