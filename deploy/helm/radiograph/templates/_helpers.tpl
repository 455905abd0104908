{{- define "radiograph.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "radiograph.selector" -}}
app.kubernetes.io/name: radiograph
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "radiograph.labels" -}}
{{ include "radiograph.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- /* The settings of the service: the user's under those that the chart decides. */ -}}
{{- define "radiograph.config" -}}
{{- $http := dict "listen" ":2080" -}}
{{- $daemon := ternary (dict "udp" ":2000" "tcp" ":2000") (dict "udp" "" "tcp" "") (ne 0 (int .Values.service.ports.daemon)) -}}
{{- $otlp := dict "grpc" ":4317" "http" ":4318" -}}
{{- $ours := dict "data" "/var/lib/radiograph" "http" $http "daemon" $daemon "otlp" $otlp -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $ours) -}}
{{- end -}}
