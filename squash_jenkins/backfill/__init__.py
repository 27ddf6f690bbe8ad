"""Ingest the historic builds of jobs.

`run` is the story: `selection` says which builds are wanted, `backlog` lists those that are
missing, `workers` read them over the queues of `queues`, `results` stores them, `progress` counts.
Threads and processes hand each other the `events`.
"""
