"""`python -m orchestration.cli`: the same command line where the script is not on the path."""

from orchestration.cli import main

main()
