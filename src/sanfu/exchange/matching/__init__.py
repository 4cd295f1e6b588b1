"""Retrieval: tokens, the inverted index, the telling terms of a need, reasons and scores."""
