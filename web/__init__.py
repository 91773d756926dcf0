"""The only room that knows the HTTP server: the JSON API, the live stream and the dashboard."""
