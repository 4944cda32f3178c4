"""What Baton costs and takes, measured: `make bench-quick`, `make bench`."""
