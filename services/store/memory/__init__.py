"""The store in memory: the twin that tests and trials use. Keeps the same promises, for one process."""
