"""What is stored and what is missing for each job.

`report` sums it up for `squash-jenkins status` and the API; `gaps` finds the missing build numbers
and the reasons.
"""
