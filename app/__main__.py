"""`python -m app`: the same as the command `gotong`."""

from app.cli import main

main()
