"""`python -m correlator`: the command line, where the installed command is not on the path."""

from correlator.cli import main

if __name__ == "__main__":
    main()
