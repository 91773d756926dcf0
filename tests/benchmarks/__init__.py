"""Benchmarks: what a message, a connection, a storm and a durable answer cost, beside what they are compared with."""
