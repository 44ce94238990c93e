"""Sample corpora that seqtag ships, and the grammar that made them; see the README beside this."""
