"""Run the command line with ``python -m squash_jenkins``."""

from squash_jenkins.commands import main

main()
