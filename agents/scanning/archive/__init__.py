"""What sources gave, byte by byte: kept for a while, so that it can be read again after a parser was mended."""
