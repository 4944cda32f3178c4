"""The only door to DynamoDB: models, named conditions, transactions."""
