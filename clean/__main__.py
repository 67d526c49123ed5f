"""`python -m clean`: the same command."""

from clean.cli import main

main()
