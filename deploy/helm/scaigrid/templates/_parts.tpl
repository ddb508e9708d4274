{{/* What the pods of every kind have in common. */}}

{{- define "scaigrid.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "scaigrid.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "scaigrid.labels" -}}
{{ include "scaigrid.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "scaigrid.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* Settings and secrets of one pod; .plain: more settings of its own, .secret: more secrets. */}}
{{- define "scaigrid.environment" -}}
{{- $plain := merge (dict) (.plain | default dict) }}
{{- range $name, $value := .root.Values.settings }}
{{- if ne (toString $value) "" }}{{ $_ := set $plain $name (toString $value) }}{{ end }}
{{- end }}
{{- range $name := keys $plain | sortAlpha }}
- name: SCAIGRID_{{ $name }}
  value: {{ get $plain $name | toString | quote }}
{{- end }}
{{- $secrets := merge (dict) (.secret | default dict) .root.Values.secrets }}
{{- range $name := keys $secrets | sortAlpha }}
{{- with get $secrets $name }}
{{- if .name }}
- name: SCAIGRID_{{ $name }}
  valueFrom:
    secretKeyRef: {name: {{ .name | quote }}, key: {{ .key | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "scaigrid.pod" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
automountServiceAccountToken: false
enableServiceLinks: false # a Service called scaigrid would be told to us as SCAIGRID_PORT
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: home
    emptyDir: {sizeLimit: {{ .root.Values.volumes.home }}}
  - name: tmp
    emptyDir: {sizeLimit: {{ .root.Values.volumes.tmp }}}
{{- end }}

{{- define "scaigrid.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "scaigrid.selector" . | nindent 8 }}
{{- end }}

{{- define "scaigrid.container" -}}
image: {{ include "scaigrid.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: home, mountPath: /var/lib/scaigrid}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{/* A worker and a scheduler beat every ten seconds; a file older than a minute is a process that hangs. */}}
{{- define "scaigrid.beat" -}}
startupProbe:
  exec: {command: [python, -m, app.alive, /var/lib/scaigrid/beat]}
  periodSeconds: 5
  timeoutSeconds: 10
  failureThreshold: 36
livenessProbe:
  exec: {command: [python, -m, app.alive, /var/lib/scaigrid/beat]}
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 3
{{- end }}
