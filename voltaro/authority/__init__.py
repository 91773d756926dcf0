"""Certificates of chargers: reading what they ask for, and a small certificate authority for labs (``ports.CertificateAuthority``).

A real authority is a class of its own beside ``BuiltInAuthority``: it reads with ``voltaro.authority.reading`` and signs elsewhere.
"""

from __future__ import annotations

from voltaro.authority.builtin import BuiltInAuthority

__all__ = ["BuiltInAuthority"]
