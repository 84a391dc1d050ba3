{{- define "emissary.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The release's name if it contains the chart's, else both. */}}
{{- define "emissary.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "emissary.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "emissary.rbacName" -}}
{{- default (include "emissary.fullname" .) .Values.rbac.nameOverride -}}
{{- end -}}

{{- define "emissary.serviceAccountName" -}}
{{- $own := ternary (include "emissary.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end -}}

{{/* What tells this release's pods from others; a Deployment's selector can never change. */}}
{{- define "emissary.selector" -}}
app.kubernetes.io/name: {{ include "emissary.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* No chart version here: a label that changes with every stamp would restart all pods. */}}
{{- define "emissary.labels" -}}
{{ include "emissary.selector" . }}
app.kubernetes.io/part-of: {{ .Release.Name | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end -}}

{{/* metadata without annotations: name from the caller's list (root, name). */}}
{{- define "emissary.metadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 | quote }}
namespace: {{ include "emissary.namespace" $root | quote }}
labels:
  {{- include "emissary.labels" $root | nindent 2 }}
{{- end -}}

{{- define "emissary.clusterMetadata" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 | quote }}
labels:
  {{- include "emissary.labels" $root | nindent 2 }}
{{- end -}}

{{/* spec of one of Emissary's own resources, as JSON, from (root, spec): with the install's ambassador_id. */}}
{{- define "emissary.spec" -}}
{{- $root := index . 0 -}}
{{- $spec := deepCopy (index . 1) -}}
{{- if and $root.Values.env.AMBASSADOR_ID (not (hasKey $spec "ambassador_id")) -}}
{{- $_ := set $spec "ambassador_id" (list $root.Values.env.AMBASSADOR_ID) -}}
{{- end -}}
{{- $spec | toPrettyJson -}}
{{- end -}}
