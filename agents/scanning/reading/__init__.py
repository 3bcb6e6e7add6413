"""Reading: what an entry says, exactly. A price that is not certain is not read at all."""
