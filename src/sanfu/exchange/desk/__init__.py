"""The service desk: what the centre did, for whom, how well, and who was never served."""
