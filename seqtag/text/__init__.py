"""Results and words: sentences, vocabularies, tag schemes, word features, tokenization."""
