"""Voltaro, an open central system for chargers of electric vehicles."""

__version__ = "0.1.0"
