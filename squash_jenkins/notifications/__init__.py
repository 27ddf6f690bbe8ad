"""Messages to people: each finding once for each target.

`news` says what is due, `targets` where to, `send` claims and sends it through a process of its
own (`apprise_process`).
"""
