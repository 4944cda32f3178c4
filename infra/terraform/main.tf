# Baton as a module: the package that `make package` makes, as one CloudFormation stack. Terraform
# keeps the stack and its parameters; what is in it is CloudFormation's, tables that outlive it included.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "name" {
  description = "The stack's name, as baton-prod."
  type        = string
}

variable "package" {
  description = "The directory with sam.json and deployment.zip, as `make package OUT=…` made it."
  type        = string
}

variable "bucket" {
  description = "The bucket that CloudFormation takes the package from, in the region of the stack."
  type        = string
}

variable "parameters" {
  description = "Parameters of the deployment that are not to have their default."
  type        = map(string)
  default     = {}
}

variable "bucket_url" {
  description = "Where the bucket is, if not at AWS's own address, as in another partition or on one machine."
  type        = string
  default     = null
}

locals {
  bucket_url = coalesce(
    var.bucket_url, "https://${var.bucket}.s3.${data.aws_region.here.name}.amazonaws.com"
  )
  # Names are made from the contents: what has changed is deployed, and nothing else.
  code = "baton/${filesha256("${var.package}/deployment.zip")}.zip"
  template = replace(
    file("${var.package}/sam.json"),
    "\"./deployment.zip\"",
    jsonencode("s3://${var.bucket}/${local.code}"),
  )
}

resource "aws_s3_object" "code" {
  bucket = var.bucket
  key    = local.code
  source = "${var.package}/deployment.zip"
}

resource "aws_s3_object" "template" {
  bucket  = var.bucket
  key     = "baton/${sha256(local.template)}.json"
  content = local.template
}

resource "aws_cloudformation_stack" "baton" {
  name         = var.name
  template_url = "${local.bucket_url}/${aws_s3_object.template.key}"
  parameters   = var.parameters
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  depends_on   = [aws_s3_object.code]
}

data "aws_region" "here" {}

output "api_url" {
  description = "Where the API is."
  value       = aws_cloudformation_stack.baton.outputs["ApiUrl"]
}
