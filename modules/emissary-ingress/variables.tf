variable "name" {
  description = "Name of the Helm release."
  type        = string

  validation {
    condition     = length(var.name) <= 53 && can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.name))
    error_message = "A release name is at most 53 lower-case letters, digits and dashes, and starts and ends with a letter or a digit."
  }
}

variable "namespace" {
  description = "Namespace of the release."
  type        = string

  validation {
    condition     = length(var.namespace) <= 63 && can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.namespace))
    error_message = "A namespace is at most 63 lower-case letters, digits and dashes, and starts and ends with a letter or a digit."
  }
}

variable "chart" {
  description = "Chart folder, packaged chart (.tgz), chart name in chart_repository, or oci:// address. Null: the chart in this module."
  type        = string
  default     = null

  validation {
    condition     = var.chart != ""
    error_message = "The chart is null (the one in this module) or names a chart; it is not empty."
  }
}

variable "chart_repository" {
  description = "Chart repository (https://… or oci://…) that holds the chart. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.chart_repository == null || try(length(var.chart) > 0, false)
    error_message = "A chart_repository needs chart, the name of a chart in it."
  }
}

variable "chart_version" {
  description = "Version of a chart from a repository or an oci:// address. Null: the chart's own."
  type        = string
  default     = null

  validation {
    condition     = var.chart_version == null || var.chart_repository != null || try(startswith(var.chart, "oci://"), false)
    error_message = "A chart_version goes with chart_repository or an oci:// chart; a chart folder has its version in Chart.yaml."
  }
}

variable "values" {
  description = "Values of the chart as YAML documents; later ones win."
  type        = list(string)
  # Not none at all: Helm keeps no values as null, its provider as {}, and every refresh would find that moved.
  default  = ["global: {}\n"]
  nullable = false

  validation {
    condition     = alltrue([for document in var.values : can(yamldecode(document))])
    error_message = "Each of the values is a YAML document."
  }
}

variable "create_namespace" {
  description = "Create the namespace with the release if it does not exist."
  type        = bool
  default     = true
  nullable    = false
}

variable "timeout" {
  description = "Seconds to wait for Kubernetes at each step."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.timeout >= 1 && floor(var.timeout) == var.timeout
    error_message = "The timeout is a whole number of seconds, 1 or more."
  }
}

variable "wait" {
  description = "Wait until what was installed is ready."
  type        = bool
  default     = true
  nullable    = false
}
