"""What each kind of result offers to reports: one module a kind, joined by `compose`."""
