"""Explore: plots any pooled table point by point, in a Bokeh application on the server.

Bokeh's server, Datashader and pandas are imported when Explore is first used.
"""

from squash_jenkins.server.explore.routes import part

__all__ = ["part"]
