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

{{- $files := .Values.certificates.files -}}
{{- if eq .Values.certificates.mode "cert-manager" -}}
{{- $problems = append $problems "certificates.mode: cert-manager is not available yet; use self, which needs nothing, or files" -}}
{{- else if eq .Values.certificates.mode "files" -}}
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
{{- $problems = append $problems "certificates.files is set but certificates.mode is self, which does not use it: set certificates.mode to files, or remove it" -}}
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
