"""The audit of one's own activations: the variance and decodability of each feature, and what analyses make of them."""
