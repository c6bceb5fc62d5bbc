import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

export interface KubeAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  body: any;
}

export interface KubeRequestOptions {
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** Overrides the kubeconfig's token; null sends none. */
  token?: string | null;
  headers?: Record<string, string>;
}

export interface KubeWatchEvent {
  type: string;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  object: any;
}

/** Plain requests to a cluster, as a kubeconfig describes it, with the certificate verified. */
export class KubeRequests {
  private readonly agent: Agent;
  private readonly url: string;
  private readonly token: string;

  constructor(kubeconfigPath: string) {
    const config = parse(readFileSync(kubeconfigPath, 'utf8'));
    const cluster = config.clusters[0].cluster;
    this.url = cluster.server;
    this.token = config.users[0].user.token;
    this.agent = new Agent({ keepAlive: true, ca: Buffer.from(cluster['certificate-authority-data'], 'base64') });
  }

  async send(method: string, path: string, options: KubeRequestOptions = {}): Promise<KubeAnswer> {
    const answer = await this.open(method, path, options);
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    const json = answer.headers['content-type']?.includes('json');
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: json && text ? JSON.parse(text) : text };
  }

  get(path: string, options?: KubeRequestOptions): Promise<KubeAnswer> {
    return this.send('GET', path, options);
  }

  patch(path: string, body: unknown, kind = 'strategic-merge-patch'): Promise<KubeAnswer> {
    return this.send('PATCH', path, { body, contentType: `application/${kind}+json` });
  }

  async watch(path: string, options: KubeRequestOptions = {}): Promise<KubeWatch> {
    return new KubeWatch(await this.open('GET', path, options));
  }

  close(): void {
    this.agent.destroy();
  }

  private async open(method: string, path: string, options: KubeRequestOptions): Promise<IncomingMessage> {
    const { body, contentType = 'application/json', accept, token = this.token } = options;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const outgoing = request(`${this.url}${path}`, {
      method,
      agent: this.agent,
      headers: {
        ...(accept ? { accept } : {}),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        // Node sends no length with a DELETE by itself.
        ...(text === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(text) }),
        ...options.headers,
      },
    });
    const answered = once(outgoing, 'response');
    outgoing.end(text);
    const [answer] = await answered;
    return answer;
  }
}

/** One open watch: its events so far, and how it ended. */
export class KubeWatch {
  readonly events: KubeWatchEvent[] = [];
  readonly ended: Promise<'end' | 'cut'>;
  private waiting: (() => void)[] = [];

  constructor(private readonly answer: IncomingMessage) {
    this.ended = this.read();
  }

  /** Resolves with the first event that fits, seen already or to come. */
  async until(fits: (event: KubeWatchEvent) => boolean): Promise<KubeWatchEvent> {
    for (;;) {
      const found = this.events.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  close(): void {
    this.answer.destroy();
  }

  private async read(): Promise<'end' | 'cut'> {
    let pending = '';
    try {
      for await (const chunk of this.answer.setEncoding('utf8')) {
        const lines = (pending + chunk).split('\n');
        pending = lines.pop() ?? '';
        for (const line of lines) this.events.push(JSON.parse(line));
        for (const wake of this.waiting.splice(0)) wake();
      }
      return 'end';
    } catch {
      return 'cut';
    }
  }
}
