{{/*
Namespaces that no policy looks at, as the webhook: those that the cluster or Keyfirst itself needs to come up.
*/}}
{{- define "keyfirst.policies.otherNamespaces" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values:
    - kube-system
    - kube-public
    - kube-node-lease
    - {{ .Release.Namespace }}
{{- end -}}

{{/* CEL: the keys by which an object asks for secrets. Takes the expression of its annotations. `asks` of the webhook, in src/admission/asks.ts. */}}
{{- define "keyfirst.policies.askingKeys" -}}
{{ . }}.filter(k, k.startsWith('keyfirst.dev/file.') || k.startsWith('keyfirst.dev/env.') || k == 'keyfirst.dev/secrets')
{{- end -}}

{{/*
CEL: whether an object with these annotations must get secrets. Nobody completes the mirror of a static pod, which the kubelet
runs without asking.
*/}}
{{- define "keyfirst.policies.asks" -}}
{{ . }}.exists(k, k.startsWith('keyfirst.dev/file.') || k.startsWith('keyfirst.dev/env.') || k == 'keyfirst.dev/secrets')
&& {{ . }}[?'keyfirst.dev/inject'].orValue('true') != 'false'
&& !('kubernetes.io/config.mirror' in {{ . }})
{{- end -}}

{{/* CEL: the repositories that the injector's image may come from. No tag or digest, or every upgrade would refuse pods for a while. */}}
{{- define "keyfirst.policies.repositories" -}}
{{- prepend .Values.policies.injectorRepositories .Values.injector.image.repository | uniq | toJson -}}
{{- end -}}

{{/* CEL: whether an image (the expression of its reference is taken) is one of the repositories'. A `/` behind it would make a host of a repository without one. */}}
{{- define "keyfirst.policies.isInjector" -}}
variables.repositories.exists(r, ({{ . }}.startsWith(r + ':') || {{ . }}.startsWith(r + '@')) && !{{ . }}.substring(r.size()).contains('/'))
{{- end -}}

{{/* CEL: whether `c`, a container, takes a variable from the files that keyfirst-init writes. */}}
{{- define "keyfirst.policies.takesVariables" -}}
c.?env.orValue([]).exists(e, e.?valueFrom.?fileKeyRef.?volumeName.orValue('') == 'keyfirst-env')
{{- end -}}

{{/* CEL: containers (the expression of a list is taken) by name, for a message. */}}
{{- define "keyfirst.policies.names" -}}
{{ . }}.map(c, string(c.name)).join(', ')
{{- end -}}

{{/* Whether the API server keeps `caBundle` itself: where the webhook writes it, from Kubernetes 1.36 (v1 of MutatingAdmissionPolicy). */}}
{{- define "keyfirst.policies.keepsCaBundle" -}}
{{- if and .Values.policies.enabled (eq .Values.certificates.mode "self") (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version) -}}
true
{{- end -}}
{{- end -}}

{{- define "keyfirst.policies.certificateInBase64" -}}
LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t|0tLS0tQkVHSU4gQ0VSVElGSUNBVEUtLS0tL|tLS0tLUJFR0lOIENFUlRJRklDQVRFLS0tLS
{{- end -}}
