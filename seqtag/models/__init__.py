"""One file a task: from numbers of words to logits."""
