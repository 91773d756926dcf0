"""The pure rules of charging: no socket, no clock, no database, only the standard library."""
