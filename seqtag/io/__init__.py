"""Files: annotated text in and out, plain text, checkpoints and run folders."""
