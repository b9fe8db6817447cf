"""What a seed decides: initial weights, order, augmentation, dropout."""
