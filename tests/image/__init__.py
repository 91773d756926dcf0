"""The Dockerfile's steps, without a container engine."""
