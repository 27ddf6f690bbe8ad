"""Follow Jenkins from outside, for controllers whose jobs have no hook.

`service` makes round after round until it is stopped; `poll` finds the missing builds of one
controller, with the help of `new_builds`; `hourly_log` repeats no message within the hour.
"""
