"""`python -m tolman` is `tolman`."""

from tolman.cli import main

if __name__ == "__main__":
    main(prog_name="tolman")
