"""Who may do what: scopes, and what the claims of a JWT say."""
