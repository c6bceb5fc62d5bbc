import { type ClientRequest, type RequestOptions } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { ApiError } from '../store/api-error.js';
import type { Json, KubeObject } from '../store/kube-object.js';
import type { ApiExchange } from './api-exchange.js';

export interface KubeletAddress {
  readonly host: string;
  readonly port: number;
}

interface ForwardWords {
  /** Why a kubelet could not be asked. */
  readonly failure?: (address: KubeletAddress, error: Error) => ApiError;
  /** Where it said no; without, its answer is passed on as it is. */
  readonly refusal?: (status: number, text: string) => ApiError;
}

/** How the API server reaches kubelets: its own credential and the cluster's CA. */
export class KubeletForwarder {
  private readonly agent: Agent;

  constructor(
    caCertificate: string,
    private readonly token: string,
  ) {
    this.agent = new Agent({ ca: caCertificate, keepAlive: true });
  }

  /** Undefined when the node says nowhere to reach its kubelet. */
  address(node: KubeObject): KubeletAddress | undefined {
    const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
    const host = (node.status?.addresses ?? []).find((item: Json) => item.type === 'InternalIP')?.address;
    return port && host ? { host, port } : undefined;
  }

  /** Passes the request on and the answer back, streaming both ways. */
  async forward(
    node: KubeObject,
    path: string,
    exchange: ApiExchange,
    { failure = unreachable, refusal }: ForwardWords = {},
  ): Promise<void> {
    const address = this.address(node);
    const { name } = node.metadata;
    if (!address)
      throw new ApiError(503, 'ServiceUnavailable', `no address is known for the kubelet of node "${name}"`);
    const { request, response } = exchange;
    const headers: Record<string, string> = { authorization: `Bearer ${this.token}` };
    for (const header of ['accept', 'content-type', 'content-length', 'range'] as const) {
      const value = request.headers[header];
      if (value) headers[header] = value;
    }
    await new Promise<void>((resolve, reject) => {
      const upstream = this.open({ ...address, path, method: request.method, headers });
      upstream.on('error', (error) => reject(failure(address, error)));
      upstream.on('response', (answer) => {
        const status = answer.statusCode ?? 502;
        if (refusal && status >= 300) {
          text(answer).then((words) => reject(refusal(status, words.trim())), reject);
          return;
        }
        response.writeHead(status, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        response.on('close', () => {
          answer.destroy();
          resolve();
        });
      });
      response.on('close', () => upstream.destroy());
      request.pipe(upstream);
    });
  }

  close(): void {
    this.agent.destroy();
  }

  private open(options: RequestOptions): ClientRequest {
    return httpsRequest({ ...options, agent: this.agent });
  }
}

function unreachable(address: KubeletAddress, error: Error): ApiError {
  return new ApiError(503, 'ServiceUnavailable', `error trying to reach service: ${inWordsOfGo(address, error)}`);
}

/** As the API server says it, whose client is Go's. */
export function inWordsOfGo({ host, port }: KubeletAddress, error: Error & { code?: string }): string {
  if (/alert internal error/i.test(`${error.code?.replaceAll('_', ' ')} ${error.message}`))
    return 'remote error: tls: internal error';
  if (error.code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  return `dial tcp ${host}:${port}: ${error.message}`;
}
