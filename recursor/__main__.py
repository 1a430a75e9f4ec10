"""`python -m recursor`."""

from recursor.cli import main

main()
