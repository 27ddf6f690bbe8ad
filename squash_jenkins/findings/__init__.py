"""What got worse or better, since which build, and which code changes may be the cause.

`detect` runs after builds were stored: `search` looks for changes in the series of `series`,
`candidates` and `code_history` collect what changed in the code, `suspects` ranks it. `triage`
holds what people said of a finding, `as_json` is its form for programs.
"""
