# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/helm" {
  version     = "1.3.2"
  constraints = ">= 1.3.2, < 4.0.0"
  hashes = [
    "h1:/I4fkg4YUk7t9kgAJnb/xf08zZfe2o6Me/TwGZ2I4l8=",
    "h1:AblvXFi51RZzRezmEKr9yrJriRHrjWq26CAFq3A8ZJk=",
    "h1:kLBghh24+TfQV1rUc8qlgYVTv6lFMr4xkZadxH68P1E=",
  ]
}
