"""Ingest the historic builds of jobs.

`run` is the command's work: `selection` says which builds are wanted, `backlog` lists those that
are missing, `workers` read them in processes over the queues of `queues`, `progress` counts.
"""
