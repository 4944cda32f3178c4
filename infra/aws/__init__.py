"""Baton in an AWS account: check a configuration, deploy it by change sets, take the stack away."""
