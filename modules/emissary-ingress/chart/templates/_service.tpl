{{/* The Service from (root, name, profile): profile is main or canary, or empty for all pods. */}}
{{- define "emissary.service" -}}
{{- $name := index . 1 -}}
{{- $profile := index . 2 -}}
{{- with index . 0 -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "emissary.metadata" (list . $name) | nindent 2 }}
    app.kubernetes.io/component: ambassador-service
  {{- with .Values.service.annotations }}
  annotations:
    {{- range $key, $value := . }}
    {{ $key | quote }}: {{ $value | quote }}
    {{- end }}
  {{- end }}
spec:
  type: {{ .Values.service.type | quote }}
  {{- with .Values.service.externalTrafficPolicy }}
  externalTrafficPolicy: {{ . | quote }}
  {{- end }}
  {{- with .Values.service.sessionAffinity }}
  sessionAffinity: {{ . | quote }}
  {{- end }}
  {{- with .Values.service.sessionAffinityConfig }}
  sessionAffinityConfig: {{ toJson . }}
  {{- end }}
  {{- with .Values.service.externalIPs }}
  externalIPs: {{ toJson . }}
  {{- end }}
  {{- if and .Values.service.loadBalancerIP (ne $profile "canary") }}
  loadBalancerIP: {{ .Values.service.loadBalancerIP | quote }}
  {{- end }}
  {{- with .Values.service.loadBalancerSourceRanges }}
  loadBalancerSourceRanges: {{ toJson . }}
  {{- end }}
  ports:
    {{- range .Values.service.ports }}
    - name: {{ .name | quote }}
      port: {{ int .port }}
      targetPort: {{ int (default .port .targetPort) }}
      protocol: {{ default "TCP" .protocol }}
      {{- with .nodePort }}
      nodePort: {{ int . }}
      {{- end }}
    {{- end }}
  selector:
    {{- include "emissary.selector" . | nindent 4 }}
    {{- with $profile }}
    profile: {{ . }}
    {{- end }}
{{- end }}
{{- end -}}
