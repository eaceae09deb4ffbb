"""The sample newsroom: invented outlets that publish invented articles, so that a fresh install shows alerts.

    articles/*.yaml ─► library ─► edition(start, now) ─► render ─► server
                                        pure               pure     sockets

Nothing here is news. Outlets and persons are invented, every feed, article and link says that it is a sample, and
`newsroom.enabled = false` switches all of it off.
"""
