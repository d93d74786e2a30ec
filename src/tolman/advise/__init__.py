"""Advice on one's own facts or documents: what finetuning, context and retrieval make of them, and at what cost."""
