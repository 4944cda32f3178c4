"""What turns the source into a running deployment: template, package, deployment, local stack."""
