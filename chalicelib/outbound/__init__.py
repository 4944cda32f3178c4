"""The guarded HTTP client, by which all HTTP requests leave the deployment."""
