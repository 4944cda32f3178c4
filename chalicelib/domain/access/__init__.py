"""Who may do what: the scopes, and the identity that the claims of a JWT state."""
