{{- define "addons.name" -}}radiograph-addon-manager{{- end -}}

{{- define "addons.selector" -}}
app.kubernetes.io/name: radiograph-addon-manager
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "addons.labels" -}}
{{ include "addons.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}
