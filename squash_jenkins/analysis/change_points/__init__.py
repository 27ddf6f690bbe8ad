"""Where the level of a series changes: steps and drifts against its noise.

::

    changes = detect(values)
    changes.steps, changes.drifts
"""

from squash_jenkins.analysis.change_points.detect import detect, noise

__all__ = ["detect", "noise"]
