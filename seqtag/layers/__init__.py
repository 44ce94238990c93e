"""Networks' building blocks in torch: tensors in, tensors out."""
