{{- define "radiograph.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- /* Whether the service asks the API server of the cluster for anything. */ -}}
{{- define "radiograph.asksCluster" -}}
{{- ternary "true" "" (or .Values.iam.discovery (contains "in-cluster" (join "," .Values.iam.issuers))) -}}
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
{{- if ne .Values.auth.mode "off" -}}
{{- $_ := set $ours "auth" (dict "mode" .Values.auth.mode) -}}
{{- end -}}
{{- with .Values.iam.issuers -}}
{{- $_ := set $ours "iam" (dict "issuers" .) -}}
{{- end -}}
{{- with .Values.eks.url -}}
{{- $eks := dict "url" . -}}
{{- if $.Values.eks.tokenSecret.name -}}
{{- $_ := set $eks "token_file" "/etc/radiograph-eks/token/token" -}}
{{- end -}}
{{- if $.Values.eks.caSecret.name -}}
{{- $_ := set $eks "ca_file" "/etc/radiograph-eks/ca/ca.crt" -}}
{{- end -}}
{{- $_ := set $ours "eks" $eks -}}
{{- end -}}
{{- toYaml (mergeOverwrite (deepCopy .Values.config) $ours) -}}
{{- end -}}
