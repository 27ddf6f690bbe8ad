"""Read what programs of the Rubin Observatory (LSST) write: one small file a format."""
