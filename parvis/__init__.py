"""The program: knows every room of the house, and no rule of any."""

__version__ = "0.1.0"
