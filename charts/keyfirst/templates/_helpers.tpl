{{/* Name of the release's objects. */}}
{{- define "keyfirst.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
Name of the webhook configuration. The API server calls configurations in the order of their names, and calls one again
(reinvocationPolicy) only if it matched in the first round. First in line means: containers that others (meshes, cloud
identity webhooks: azure-…, istio-…, linkerd-…, pod-identity-…) add afterwards get their mounts in the second round, and
those others see our init container as they see any of the pod's own.
*/}}
{{- define "keyfirst.configurationName" -}}
00-{{ include "keyfirst.fullname" . }}
{{- end -}}

{{- define "keyfirst.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (include "keyfirst.fullname" .) -}}
{{- end -}}

{{/* What finds the webhook's pods. It cannot change once installed. */}}
{{- define "keyfirst.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "keyfirst.labels" -}}
{{ include "keyfirst.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{/* The namespaces in which Keyfirst is called: those that opted in, and never those that the cluster or Keyfirst itself needs to come up. */}}
{{- define "keyfirst.namespaceSelector" -}}
matchLabels:
  keyfirst.dev/injection: enabled
matchExpressions:
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values:
      - kube-system
      - kube-public
      - kube-node-lease
      - {{ .Release.Namespace }}
{{- end -}}

{{/* Full reference of an image. Takes a list: the image's values, the chart's root. */}}
{{- define "keyfirst.image" -}}
{{- $image := first . -}}
{{- $root := last . -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default $root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* Not empty: the webhook reads the identity annotations of ServiceAccounts, as it does unless told otherwise. */}}
{{- define "keyfirst.readsServiceAccounts" -}}
{{- $identity := (.Values.settings | default dict).identity | default dict -}}
{{- if ne (toString $identity.serviceAccounts) "false" -}}true{{- end -}}
{{- end -}}

{{/* Content of the settings file. */}}
{{- define "keyfirst.settings" -}}
{{- $settings := deepCopy (.Values.settings | default dict) -}}
{{- $injector := $settings.injector | default dict -}}
{{- $_ := set $injector "image" (include "keyfirst.image" (list .Values.injector.image .)) -}}
{{- if .Values.injector.image.pullPolicy -}}
{{- $_ := set $injector "pullPolicy" .Values.injector.image.pullPolicy -}}
{{- end -}}
{{- $_ := set $settings "injector" $injector -}}
{{- toYaml $settings -}}
{{- end -}}
