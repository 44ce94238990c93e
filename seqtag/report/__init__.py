"""Numbers in, pages to read out."""
