{{- define "node-steward.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* Cluster-wide names hold the namespace too: two releases must not share a ClusterRole. */}}
{{- define "node-steward.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "node-steward.name" .) | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* Takes (dict "root" . "component" "api"). */}}
{{- define "node-steward.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "node-steward.labels" -}}
{{ include "node-steward.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "node-steward.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "node-steward.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Environment and mounts that the product and its migrations share. */}}
{{- define "node-steward.environment" -}}
- name: ROLE
  value: {{ .component }}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ .root.Values.database.secretName }}, key: {{ .root.Values.database.secretKey }} } }
{{- with .root.Values.queue.secretName }}
- name: QUEUE_URL
  valueFrom: { secretKeyRef: { name: {{ . }}, key: {{ $.root.Values.queue.secretKey }} } }
{{- end }}
{{- if .root.Values.kubeconfig.secretName }}
- name: KUBECONFIG
  value: /etc/node-steward/kubeconfig
{{- end }}
- name: KUBELET_TRANSPORT
  value: {{ .root.Values.kubeletTransport }}
- name: NODE_AGENT_IMAGE
  value: {{ .root.Values.nodeAgent.image }}
- name: KUBELET_RECOVERY_SECONDS
  value: {{ .root.Values.nodeAgent.recoverySeconds | quote }}
- name: KUBELET_STABLE_SECONDS
  value: {{ .root.Values.nodeAgent.stableSeconds | quote }}
- name: LOG_LEVEL
  value: {{ .root.Values.logLevel }}
- name: NODE_STEWARD_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
{{- range $name, $value := .root.Values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "node-steward.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .root.Values.kubeconfig.secretName }}
- { name: kubeconfig, mountPath: /etc/node-steward, readOnly: true }
{{- end }}
{{- end }}

{{/* All of the pod but its main container. */}}
{{- define "node-steward.pod" -}}
serviceAccountName: {{ include "node-steward.name" .root }}-{{ .component }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
volumes:
  - { name: tmp, emptyDir: {} }
{{- with .root.Values.kubeconfig }}
{{- if .secretName }}
  - name: kubeconfig
    secret: { secretName: {{ .secretName }}, defaultMode: 0440, items: [{ key: {{ .secretKey }}, path: kubeconfig }] }
{{- end }}
{{- end }}
{{- if .root.Values.migrations.enabled }}
initContainers:
  - name: migrate
    image: {{ include "node-steward.image" .root }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    env: {{- include "node-steward.environment" (dict "root" .root "component" "migrate") | nindent 6 }}
    securityContext: {{- include "node-steward.containerSecurity" . | nindent 6 }}
    volumeMounts: {{- include "node-steward.mounts" . | nindent 6 }}
{{- end }}
topologySpreadConstraints:
  # Not two replicas on one node if it can be helped: this service drains nodes.
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "node-steward.selector" . | nindent 8 }}
{{- with .settings.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
