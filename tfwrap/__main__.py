"""`python -m tfwrap`: the same as the command."""

from tfwrap.cli.main import main

if __name__ == "__main__":
    main()
