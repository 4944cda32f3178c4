"""JWTs of an OpenID provider: its keys, and what they prove. Imported only where one is named."""
