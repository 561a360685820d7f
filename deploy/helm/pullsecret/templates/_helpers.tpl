{{- define "pullsecret.name" -}}
{{- if contains "pullsecret" .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-pullsecret" .Release.Name | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "pullsecret.selector" -}}
app.kubernetes.io/name: pullsecret
app.kubernetes.io/instance: {{ include "pullsecret.name" . }}
{{- end }}

{{- define "pullsecret.labels" -}}
{{ include "pullsecret.selector" . }}
app.kubernetes.io/part-of: pullsecret
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "pullsecret.image" -}}
{{- $repository := required "image.repository is needed: no image is published; build one with deploy/Dockerfile and push it to your registry" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Whether the webhook is served: its configuration is cluster-wide. */}}
{{- define "pullsecret.webhook" -}}
{{- if and .Values.webhook.enabled (not .Values.watchNamespaces) }}true{{ end -}}
{{- end }}

{{/* A role and its binding; cluster-wide where there is no namespace. Takes root, name, namespace, rules, account. */}}
{{- define "pullsecret.role" -}}
{{- $prefix := ternary "" "Cluster" (not (empty .namespace)) -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}Role
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "pullsecret.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
rules:
  {{- .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}RoleBinding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels:
    {{- include "pullsecret.labels" .root | nindent 4 }}
  {{- with .annotations }}
  annotations:
    {{- . | nindent 4 }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $prefix }}Role
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ .account }}
    namespace: {{ .root.Release.Namespace }}
{{ end }}

{{/* What keeping PullSecrets' copies needs, in each namespace where they are kept. */}}
{{- define "pullsecret.namespaceRules" -}}
- apiGroups: [""]
  resources: [serviceaccounts]
  verbs: [get, list, watch, patch]
{{- if .Values.secretNames }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: {{ toJson .Values.secretNames }}
  verbs: [get, list, watch, patch, delete]
{{- with .Values.teamSources }}
- apiGroups: [""]
  resources: [secrets]
  resourceNames: {{ toJson . }}
  verbs: [get, list, watch]
{{- end }}
{{- else }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, get, list, watch, patch, delete]
{{- end }}
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.watchNamespaces }}
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get, watch]
{{- end }}
{{- if .Values.recoverPods }}
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
- apiGroups: [apps]
  resources: [replicasets, statefulsets, daemonsets]
  verbs: [list]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [list]
{{- end }}
{{- end }}

{{- define "pullsecret.policyRules" -}}
- apiGroups: [pullsecret.dev]
  resources: [{{ if not .Values.watchNamespaces }}clusterpullsecrets, {{ end }}pullsecrets]
  verbs: [get, list, watch, patch]
- apiGroups: [pullsecret.dev]
  resources: [{{ if not .Values.watchNamespaces }}clusterpullsecrets/status, {{ end }}pullsecrets/status]
  verbs: [patch]
{{- end }}
