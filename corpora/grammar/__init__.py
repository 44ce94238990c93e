"""The grammars behind the sample corpora: standard library only, every choice drawn from a seed."""
