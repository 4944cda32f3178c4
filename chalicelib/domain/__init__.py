"""The rules: pure functions and values. No AWS, no clock; `now` is always an argument."""
