{{/*
One resource from {root, kind, item}. Names go through quote and the spec through toPrettyJson (JSON is YAML), so that no value is retyped.
*/}}
{{- define "emissary-config.resource" -}}
{{- $spec := deepCopy .item.spec -}}
{{- if and .root.Values.env.AMBASSADOR_ID (not (hasKey $spec "ambassador_id")) -}}
{{- $_ := set $spec "ambassador_id" (list .root.Values.env.AMBASSADOR_ID) -}}
{{- end -}}
---
apiVersion: getambassador.io/v3alpha1
kind: {{ .kind }}
metadata:
  name: {{ .item.name | quote }}
  namespace: {{ .item.namespace | default .root.Release.Namespace | quote }}
  labels:
    {{- $own := dict "app.kubernetes.io/name" .root.Chart.Name "app.kubernetes.io/instance" .root.Release.Name "app.kubernetes.io/managed-by" .root.Release.Service }}
    {{- range $label, $value := merge $own (.item.labels | default dict) }}
    {{ $label | quote }}: {{ $value | quote }}
    {{- end }}
spec: {{ $spec | toPrettyJson | nindent 2 }}
{{ end }}
