"""What Python programs and the command line use: train, load, tag, evaluate."""
