"""Measurements: each names its peer or its physical limit and prints the ratio to it."""
