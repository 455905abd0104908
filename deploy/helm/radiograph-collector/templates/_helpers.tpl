{{- define "collector.name" -}}
{{- default (printf "%s-collector" .Release.Name) .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "collector.serviceAccount" -}}
{{- default (include "collector.name" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "collector.selector" -}}
app.kubernetes.io/name: radiograph-collector
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "collector.labels" -}}
{{ include "collector.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
