"""Annotated files read for their faults: whatever is wrong in a line, the next one is looked at."""
