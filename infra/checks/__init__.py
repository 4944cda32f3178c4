"""What is checked of the packaged template: by cfn-lint and checkov, before and after SAM."""
