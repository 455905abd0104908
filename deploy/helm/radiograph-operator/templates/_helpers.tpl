{{- /* Objects are named as the EKS add-on adot names them, whatever the release is called. */ -}}
{{- define "operator.name" -}}opentelemetry-operator{{- end -}}
{{- define "operator.manager" -}}opentelemetry-operator-controller-manager{{- end -}}
{{- define "operator.webhookService" -}}opentelemetry-operator-webhook-service{{- end -}}

{{- define "operator.selector" -}}
app.kubernetes.io/name: opentelemetry-operator
control-plane: controller-manager
{{- end -}}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/version: {{ default .Chart.AppVersion .Values.radiograph.images.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "operator.image" -}}
{{- $images := .root.Values.radiograph.images -}}
{{- with $images.registry }}{{ . }}/{{ end -}}
{{ get $images .image }}:{{ default .root.Chart.AppVersion $images.tag }}
{{- end -}}

{{- /* The source of the webhooks' certificate. */ -}}
{{- define "operator.certificate" -}}
{{- $source := .Values.radiograph.certificate.source -}}
{{- if not (has $source (list "auto" "cert-manager" "self" "secret")) -}}
{{- fail (printf "radiograph.certificate.source is %q, but must be auto, cert-manager, self or secret" $source) -}}
{{- end -}}
{{- if ne $source "auto" -}}{{ $source }}
{{- else if .Capabilities.APIVersions.Has "cert-manager.io/v1/Certificate" -}}cert-manager
{{- else -}}self
{{- end -}}
{{- end -}}

{{- define "operator.webhooks" -}}
{{- ne (toString (default "true" .Values.manager.env.ENABLE_WEBHOOKS)) "false" | ternary "true" "" -}}
{{- end -}}
