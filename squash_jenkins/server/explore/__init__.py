"""Explore any pooled table by its points: a Bokeh application that draws on the server.

What draws (Bokeh's server, Datashader, pandas) is imported when Explore is first asked for.
"""

from squash_jenkins.server.explore.routes import part

__all__ = ["part"]
