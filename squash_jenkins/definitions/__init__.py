"""Files that define metrics and specifications.

`verify_metrics` and `plain` read the two layouts, `inheritance` resolves what one definition
takes from another, `writing` writes them, `manage` loads and lists them.
"""
