"""The chaos run: everything real, everything killed at random, everything counted against what was served."""
