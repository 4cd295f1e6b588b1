"""The room `index`."""
