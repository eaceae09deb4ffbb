"""`make bench`: what each part does in a second, against a baseline and a limit measured in the same run.

A part is a file with functions that return `row.Row`s; `__main__` runs them all. Nothing of the service imports this.
"""
