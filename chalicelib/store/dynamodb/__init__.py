"""What all tables share: items, conditions, transactions, batches, pages."""
