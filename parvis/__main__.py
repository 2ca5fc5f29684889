"""`python -m parvis`, the same as `parvis`."""

from parvis.cli import main

if __name__ == "__main__":
    main()
