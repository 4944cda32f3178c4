"""The models of requests and the types of answers, a module for each resource."""
