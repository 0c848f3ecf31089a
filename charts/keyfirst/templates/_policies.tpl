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

{{/* What a broken rule leads to: policies.action, which values of an older chart lack. Warnings go into the audit log, too. */}}
{{- define "keyfirst.policies.actions" -}}
{{- $action := .Values.policies.action | default "Deny" -}}
{{- if eq $action "Warn" -}}
[Warn, Audit]
{{- else -}}
[{{ $action }}]
{{- end -}}
{{- end -}}

{{/*
CEL: whether `e`, a variable of keyfirst-init, decides what it runs, whom it trusts or whose credentials it takes. The same as
src/plan/redirecting-variables.ts, which says what each is for.
*/}}
{{- define "keyfirst.policies.redirects" -}}
(['KEYFIRST_', 'LD_', 'OPENSSL_', 'SSL_CERT_'].exists(p, e.name.startsWith(p))
|| e.name in ['NODE_CHANNEL_FD', 'NODE_COMPILE_CACHE', 'NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'NODE_EXTRA_CA_CERTS', 'NODE_ICU_DATA', 'NODE_OPTIONS',
'NODE_PATH', 'NODE_PRESERVE_SYMLINKS', 'NODE_PRESERVE_SYMLINKS_MAIN', 'NODE_REDIRECT_WARNINGS', 'NODE_REPL_EXTERNAL_MODULE',
'NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_UNIQUE_ID', 'NODE_USE_ENV_PROXY', 'NODE_USE_SYSTEM_CA', 'NODE_V8_COVERAGE']
|| e.name in ['AWS_REGION', 'AWS_DEFAULT_REGION'] && (has(e.valueFrom) || !e.?value.orValue('').matches('^[a-z0-9-]*$'))
|| e.name == 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
&& !(e.?value.orValue('') in ['http://169.254.170.23/v1/credentials', 'http://[fd00:ec2::23]/v1/credentials'])
|| e.name == 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'
&& e.?value.orValue('') != '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'
|| e.name == 'GCE_METADATA_HOST' && e.?value.orValue('') != '169.254.169.254')
{{- end -}}
