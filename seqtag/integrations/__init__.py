"""seqtag inside of other libraries; each is imported where it is used."""
