"""Follow-up: what came of a match, from the announcement to the contract and after."""
