"""Who may do what: scopes, who acts by which name, secrets of tokens, and what JWT claims say."""
