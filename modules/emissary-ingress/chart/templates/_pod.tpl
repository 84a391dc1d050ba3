{{/* The Deployment from (root, profile): main, or the canary beside it. Both are the same but for name, image, replicas and envRaw. */}}
{{- define "emissary.deployment" -}}
{{- $root := index . 0 -}}
{{- $profile := index . 1 -}}
{{- $canary := eq $profile "canary" -}}
{{- with $root -}}
{{- $image := printf "%s:%s" .Values.image.repository .Values.image.tag -}}
{{- if $canary -}}
{{- $image = printf "%s:%s" (default .Values.image.repository .Values.canary.image.repository) (default .Values.image.tag .Values.canary.image.tag) -}}
{{- end -}}
{{- $envRaw := ternary .Values.canary.envRaw .Values.envRaw $canary -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "emissary.metadata" (list . (printf "%s%s" (include "emissary.fullname" .) (ternary "-canary" "" $canary))) | nindent 2 }}
  {{- range $key, $value := .Values.deploymentLabels }}
    {{ $key | quote }}: {{ $value | quote }}
  {{- end }}
  {{- with .Values.deploymentAnnotations }}
  annotations: {{ toJson . }}
  {{- end }}
spec:
  {{- if $canary }}
  replicas: {{ int .Values.canary.replicaCount }}
  {{- else if not .Values.autoscaling.enabled }}
  replicas: {{ int .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "emissary.selector" . | nindent 6 }}
      profile: {{ $profile }}
  strategy: {{ toJson .Values.deploymentStrategy }}
  template:
    metadata:
      labels:
        {{- include "emissary.labels" . | nindent 8 }}
        profile: {{ $profile }}
        {{- range $key, $value := .Values.podLabels }}
        {{ $key | quote }}: {{ $value | quote }}
        {{- end }}
      {{- with .Values.podAnnotations }}
      annotations: {{ toJson . }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "emissary.serviceAccountName" . | quote }}
      securityContext: {{ toJson .Values.security.podSecurityContext }}
      {{- with .Values.terminationGracePeriodSeconds }}
      terminationGracePeriodSeconds: {{ int . }}
      {{- end }}
      {{- with .Values.priorityClassName }}
      priorityClassName: {{ . | quote }}
      {{- end }}
      {{- with .Values.imagePullSecrets }}
      imagePullSecrets: {{ toJson . }}
      {{- end }}
      {{- with .Values.nodeSelector }}
      nodeSelector: {{ toJson . }}
      {{- end }}
      {{- with .Values.tolerations }}
      tolerations: {{ toJson . }}
      {{- end }}
      {{- with .Values.affinity }}
      affinity: {{ toJson . }}
      {{- end }}
      {{- with .Values.topologySpreadConstraints }}
      topologySpreadConstraints: {{ toJson . }}
      {{- end }}
      volumes:
        - name: ambassador-pod-info
          downwardAPI:
            items:
              - {path: labels, fieldRef: {fieldPath: metadata.labels}}
        {{- range .Values.volumes }}
        - {{ toJson . }}
        {{- end }}
      containers:
        - name: {{ .Chart.Name | quote }}
          image: {{ $image | quote }}
          imagePullPolicy: {{ .Values.image.pullPolicy | quote }}
          ports:
            {{- range .Values.service.ports }}
            - name: {{ .name | quote }}
              containerPort: {{ int (default .port .targetPort) }}
              protocol: {{ default "TCP" .protocol }}
            {{- end }}
            - name: admin
              containerPort: {{ int .Values.adminService.port }}
              protocol: TCP
          env:
            - name: HOST_IP
              valueFrom: {fieldRef: {fieldPath: status.hostIP}}
            - name: AMBASSADOR_NAMESPACE
              valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
            {{- if .Values.scope.singleNamespace }}
            - name: AMBASSADOR_SINGLE_NAMESPACE
              value: "YES"
            {{- end }}
            {{- range $name, $value := .Values.env }}
            - name: {{ $name | quote }}
              value: {{ $value | quote }}
            {{- end }}
            {{- with $envRaw }}
              {{- tpl . $root | trim | nindent 12 }}
            {{- end }}
          securityContext: {{ toJson .Values.security.containerSecurityContext }}
          livenessProbe: {{ merge (dict "httpGet" (dict "path" "/ambassador/v0/check_alive" "port" "admin")) .Values.livenessProbe | toJson }}
          readinessProbe: {{ merge (dict "httpGet" (dict "path" "/ambassador/v0/check_ready" "port" "admin")) .Values.readinessProbe | toJson }}
          resources: {{ toJson .Values.resources }}
          volumeMounts:
            - {name: ambassador-pod-info, mountPath: /tmp/ambassador-pod-info, readOnly: true}
            {{- range .Values.volumeMounts }}
            - {{ toJson . }}
            {{- end }}
{{- end }}
{{- end -}}
