"""`python -m space_tools`: the command line, for where its script is not on PATH."""

from space_tools.cli import main

if __name__ == "__main__":
    main()
