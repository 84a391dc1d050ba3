variable "path" {
  description = "Folder with the kustomization.yaml to build and apply."
  type        = string

  validation {
    condition     = fileexists("${var.path}/kustomization.yaml")
    error_message = "There is no kustomization.yaml in the folder."
  }
}

variable "wait" {
  description = "Wait until what was installed is ready."
  type        = bool
  default     = true
  nullable    = false
}
