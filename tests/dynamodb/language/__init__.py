"""Expressions as DynamoDB reads them: conditions, filters, projections and updates."""
