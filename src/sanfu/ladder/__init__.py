"""The room `ladder`."""
