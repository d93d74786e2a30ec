"""Augmentations: further training documents, written from those of a world."""
