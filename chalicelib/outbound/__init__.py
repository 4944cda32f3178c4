"""The guarded HTTP client: whatever leaves the deployment over HTTP leaves by here."""
