"""What is stored of each job and what is missing.

`report` sums it up for `squash-jenkins status` and the API; `gaps` finds the missing numbers of
builds and why they are missing.
"""
