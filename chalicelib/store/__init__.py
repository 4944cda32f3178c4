"""Everything that reads or writes DynamoDB, one module for each table or kind of item."""
