"""The audit of one's own activations: what each feature takes of them, and what analyses will therefore speak of."""
