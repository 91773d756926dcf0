"""The WebSocket server that chargers connect to."""
