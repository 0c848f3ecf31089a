{{/*
Stops the render on values that each pass the schema but cannot work, with all problems at once. `validate.yaml` includes it.
*/}}
{{- define "keyfirst.validate" -}}
{{- $problems := list -}}
{{- $publish := "no images are published; build and push them as the project's README says (`npm run images`)" -}}
{{- range $name, $image := dict "webhook" .Values.webhook.image "injector" .Values.injector.image -}}
{{- if not $image.repository -}}
{{- $problems = append $problems (printf "%s.image.repository is not set: %s, then set it to where you pushed the %s image" $name $publish $name) -}}
{{- else if or (contains "@" $image.repository) (contains ":" (base $image.repository)) -}}
{{- $problems = append $problems (printf "%s.image.repository: %q holds a tag or digest; move it to %s.image.tag or %s.image.digest" $name $image.repository $name $name) -}}
{{- end -}}
{{- end -}}

{{- $injector := (.Values.settings | default dict).injector | default dict -}}
{{- range $field := list "image" "pullPolicy" -}}
{{- if hasKey $injector $field -}}
{{- $problems = append $problems (printf "settings.injector.%s: the chart fills it in; remove it and set injector.image.%s" $field (ternary "repository, tag or digest" "pullPolicy" (eq $field "image"))) -}}
{{- end -}}
{{- end -}}

{{- $fullname := include "keyfirst.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$" $fullname) -}}
{{- $problems = append $problems (printf "the name %q cannot be a Service's: set fullnameOverride to lower-case letters, digits and `-` that begin with a letter, at most 63" $fullname) -}}
{{- end -}}

{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- $problems = append $problems "serviceAccount.name is not set: name the ServiceAccount that exists, or leave serviceAccount.create true" -}}
{{- end -}}

{{- if lt (include "keyfirst.seconds" .Values.certificates.lifetime | int) 30 -}}
{{- $problems = append $problems (printf "certificates.lifetime: %q is less than 30s, too short for API servers to learn of the next certificate in time" .Values.certificates.lifetime) -}}
{{- end -}}

{{- $mode := .Values.certificates.mode -}}
{{- $files := .Values.certificates.files -}}
{{- $certManager := .Values.certificates.certManager -}}
{{- if eq $mode "files" -}}
{{- if not $files.volume -}}
{{- $problems = append $problems "certificates.files.volume is not set: give the volume that holds the files, for example {csi: {driver: …, readOnly: true}}" -}}
{{- else if hasKey $files.volume "name" -}}
{{- $problems = append $problems "certificates.files.volume.name: the chart names the volume; remove it" -}}
{{- else if ne (len $files.volume) 1 -}}
{{- $problems = append $problems (printf "certificates.files.volume: a volume has one source, not %s" (keys $files.volume | sortAlpha | join ", ")) -}}
{{- end -}}
{{- if contains "PRIVATE KEY" $files.caBundle -}}
{{- $problems = append $problems "certificates.files.caBundle holds a private key, which must not be there: give only CA certificates" -}}
{{- else if not (contains "-----BEGIN CERTIFICATE-----" $files.caBundle) -}}
{{- $problems = append $problems "certificates.files.caBundle is not set to PEM text (-----BEGIN CERTIFICATE-----): without it the API server cannot check the certificate; use --set-file certificates.files.caBundle=ca.pem" -}}
{{- end -}}
{{- else if or $files.volume $files.caBundle -}}
{{- $problems = append $problems (printf "certificates.files is set but certificates.mode is %s, which does not use it: set certificates.mode to files, or remove it" $mode) -}}
{{- end -}}
{{- if eq $mode "cert-manager" -}}
{{- if and $certManager.issuerRef (not $certManager.issuerRef.name) -}}
{{- $problems = append $problems "certificates.certManager.issuerRef.name is not set: name your Issuer or ClusterIssuer, or leave issuerRef empty and the chart makes one" -}}
{{- end -}}
{{- $duration := include "keyfirst.seconds" $certManager.duration | int -}}
{{- $renewBefore := include "keyfirst.seconds" $certManager.renewBefore | int -}}
{{- if lt $duration 3600 -}}
{{- $problems = append $problems (printf "certificates.certManager.duration: %q is less than 1h, the least that cert-manager takes" $certManager.duration) -}}
{{- else if or (lt $renewBefore 300) (ge $renewBefore $duration) -}}
{{- $problems = append $problems (printf "certificates.certManager.renewBefore: %q is not between 5m and duration (%s)" $certManager.renewBefore $certManager.duration) -}}
{{- end -}}
{{- else if $certManager.issuerRef -}}
{{- $problems = append $problems (printf "certificates.certManager.issuerRef is set but certificates.mode is %s, which does not use it: set certificates.mode to cert-manager, or remove it" $mode) -}}
{{- end -}}

{{- $callers := dig "callers" "clientCertificate" dict .Values.webhook -}}
{{- $callersCa := $callers.ca | default "" -}}
{{- if contains "PRIVATE KEY" $callersCa -}}
{{- $problems = append $problems "webhook.callers.clientCertificate.ca holds a private key, which must not be there: give only CA certificates" -}}
{{- else if and $callersCa (not (contains "-----BEGIN CERTIFICATE-----" $callersCa)) -}}
{{- $problems = append $problems "webhook.callers.clientCertificate.ca is not PEM text (-----BEGIN CERTIFICATE-----): use --set-file webhook.callers.clientCertificate.ca=ca.pem" -}}
{{- end -}}
{{- if and $callers.names (not $callersCa) -}}
{{- $problems = append $problems "webhook.callers.clientCertificate.names is set without ca, so that anybody may ask: set ca, or remove the names" -}}
{{- end -}}

{{- range .Values.policies.injectorRepositories -}}
{{- if or (contains "@" .) (contains ":" (base .)) -}}
{{- $problems = append $problems (printf "policies.injectorRepositories: %q holds a tag or digest; name the repository alone, every tag of it is allowed" .) -}}
{{- end -}}
{{- end -}}
{{- if and (not .Values.policies.enabled) .Values.policies.injectorRepositories -}}
{{- $problems = append $problems "policies.enabled is false, so policies.injectorRepositories changes nothing: set it to true, or remove them" -}}
{{- end -}}
{{- if and (not .Values.policies.enabled) (ne (.Values.policies.action | default "Deny") "Deny") -}}
{{- $problems = append $problems (printf "policies.enabled is false, so policies.action %s changes nothing: set it to true, or leave the action out" .Values.policies.action) -}}
{{- end -}}

{{- if eq (int .Values.webhook.port) (int .Values.webhook.metricsPort) -}}
{{- $problems = append $problems (printf "webhook.port and webhook.metricsPort are both %d: give each its own" (int .Values.webhook.port)) -}}
{{- end -}}
{{- if and (not .Values.networkPolicy.enabled) (or .Values.networkPolicy.metricsFrom .Values.networkPolicy.egress.enabled) -}}
{{- $problems = append $problems "networkPolicy.enabled is false, so networkPolicy.metricsFrom and networkPolicy.egress change nothing: set it to true, or remove them" -}}
{{- end -}}
{{- if and .Values.webhook.hostNetwork .Values.networkPolicy.egress.enabled -}}
{{- $problems = append $problems "networkPolicy.egress.enabled has no effect on pods in their node's network (webhook.hostNetwork): choose one" -}}
{{- end -}}
{{- /* Only a live install knows the cluster's kinds; `helm template` knows those of Helm. */ -}}
{{- if lookup "v1" "Namespace" "" "kube-system" -}}
{{- if and (eq $mode "cert-manager") (not (.Capabilities.APIVersions.Has "cert-manager.io/v1/Certificate")) -}}
{{- $problems = append $problems "certificates.mode is cert-manager, and this cluster has no kind Certificate of cert-manager.io: install cert-manager first, or use self, which needs nothing" -}}
{{- end -}}
{{- range $value, $kind := dict "serviceMonitor" "ServiceMonitor" "prometheusRule" "PrometheusRule" -}}
{{- if and (get (get $.Values.monitoring $value) "enabled") (not ($.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $kind))) -}}
{{- $problems = append $problems (printf "monitoring.%s.enabled needs the kind %s, which this cluster does not have: install the CRDs of the Prometheus Operator first, or set it to false" $value $kind) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- /*
Empty when rendered without a cluster. Each Keyfirst would refuse the pods that the other completed. Ours under another
name is no second one: fullnameOverride changed, or plain manifests of the same name, which Helm itself refuses to take over.
*/ -}}
{{- range (lookup "admissionregistration.k8s.io/v1" "MutatingWebhookConfiguration" "" "").items -}}
{{- $labels := .metadata.labels | default dict -}}
{{- $annotations := .metadata.annotations | default dict -}}
{{- $ours := and (eq (get $annotations "meta.helm.sh/release-name") $.Release.Name) (eq (get $annotations "meta.helm.sh/release-namespace") $.Release.Namespace) -}}
{{- if and (eq (get $labels "app.kubernetes.io/name") $.Chart.Name) (not $ours) (ne .metadata.name (include "keyfirst.configurationName" $)) -}}
{{- $problems = append $problems (printf "this cluster has a Keyfirst already (MutatingWebhookConfiguration %q), and two would refuse each other's pods: upgrade that one, or uninstall it first" .metadata.name) -}}
{{- end -}}
{{- end -}}

{{- if $problems -}}
{{- fail (printf "these values cannot work:\n- %s" (join "\n- " $problems)) -}}
{{- end -}}
{{- end -}}

{{/* Seconds of a duration such as 1h30m. */}}
{{- define "keyfirst.seconds" -}}
{{- $hours := regexFind "[0-9]+h" . | trimSuffix "h" | int -}}
{{- $minutes := regexFind "[0-9]+m" . | trimSuffix "m" | int -}}
{{- $seconds := regexFind "[0-9]+s" . | trimSuffix "s" | int -}}
{{- add (mul $hours 3600) (mul $minutes 60) $seconds -}}
{{- end -}}
