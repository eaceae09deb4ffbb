"""The tagger: topics, actors and relations of an article, each with the spans it was read from.

Everything here but `stage.py` is pure: no sockets, no clock, no environment. Files are read only where a
function is given their path.
"""
