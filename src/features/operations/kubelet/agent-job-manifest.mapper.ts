import { AGENT_KEPT_SECONDS, type AgentOrder } from './node-agent-gateway.port.js';

const SHELL_ON_HOST = ['nsenter', '-t', '1', '-m', '-u', '-i', '-n', '-p', '--', '/bin/sh', '-c'];

/**
 * A Job whose pod is given to one node without asking the scheduler, so that taints, cordons and full nodes don't stop it,
 * and that is tried exactly once. It has no token: nothing on the node can speak to the API server in its name.
 */
export function agentJobManifest(
  { node, operationId, script, deadlineSeconds }: AgentOrder,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  image: string,
): object {
  const labels = {
    'app.kubernetes.io/name': 'node-steward',
    'app.kubernetes.io/component': 'node-agent',
    'node-steward.dev/operation': operationId,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: AGENT_KEPT_SECONDS,
      template: {
        metadata: { labels },
        spec: {
          nodeName: node,
          restartPolicy: 'Never',
          hostPID: true,
          priorityClassName: 'system-node-critical',
          tolerations: [{ operator: 'Exists' }],
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'agent',
              image,
              command: [...SHELL_ON_HOST, script, 'node-steward', operationId],
              // So that the end of the output comes with the pod's status, also where logs can't be read.
              terminationMessagePolicy: 'FallbackToLogsOnError',
              securityContext: { privileged: true, readOnlyRootFilesystem: true },
              resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
            },
          ],
        },
      },
    },
  };
}
