"""Read what programs of the Rubin Observatory (LSST) and its dashboards write."""
