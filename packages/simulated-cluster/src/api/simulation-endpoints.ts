import type { FaultInjector } from '../faults/fault-injector.js';
import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';
import type { ApiExchange } from './api-exchange.js';
import type { ClusterAccess } from './cluster-access.js';
import type { OpenWatches } from './open-watches.js';
import type { RequestLog } from './request-log.js';

export type KubeletControl = (nodeName: string, change: Json) => Promise<void>;

const KUBELET_PATH = /^\/simulation\/kubelets\/([^/]+)$/;

/** What a test in another process may do to the simulation, under `/simulation`. */
export class SimulationEndpoints {
  controlKubelet?: KubeletControl;

  constructor(
    private readonly faults: FaultInjector,
    private readonly log: RequestLog,
    private readonly watches: OpenWatches,
    private readonly access: ClusterAccess,
    private readonly expireVersions: (kind: string | undefined) => void,
  ) {}

  async answer(exchange: ApiExchange): Promise<void> {
    const { path, method, query } = exchange.info;
    const node = KUBELET_PATH.exec(path)?.[1];
    if (node && method === 'PUT' && this.controlKubelet) {
      await this.controlKubelet(node, await exchange.requireBody());
      return exchange.send(200, {});
    }
    switch (`${method} ${path}`) {
      case 'GET /simulation/requests':
        return exchange.send(200, { counts: this.log.counts, requests: this.log.recent });
      case 'DELETE /simulation/requests':
        this.log.reset();
        return exchange.send(200, {});
      case 'GET /simulation/evictions':
        return exchange.send(200, {
          byUid: Object.fromEntries(this.log.evictionsByUid),
          evictions: this.log.evictions,
        });
      case 'GET /simulation/faults':
        return exchange.send(200, { faults: this.faults.list() });
      case 'PUT /simulation/faults':
        return this.setFaults(exchange, await exchange.requireBody());
      case 'DELETE /simulation/faults':
        return this.removeFaults(exchange, query.get('id'));
      case 'POST /simulation/users':
        return this.addUser(exchange, await exchange.requireBody());
      case 'POST /simulation/drop-watches':
        return exchange.send(200, { dropped: this.watches.drop(query.get('kind') ?? undefined) });
      case 'POST /simulation/expire-watches': {
        const kind = query.get('kind') ?? undefined;
        this.expireVersions(kind);
        return exchange.send(200, { expired: this.watches.expireAll(kind) });
      }
      default:
        throw new ApiError(404, 'NotFound', 'the server could not find the requested resource');
    }
  }

  /** `{ "faults": [...], "seed"? }`, or one fault; what is there under other ids stays. */
  private setFaults(exchange: ApiExchange, body: Json): void {
    if (body.seed !== undefined) this.faults.reseed(Number(body.seed));
    for (const fault of body.faults ?? [body]) {
      if (typeof fault.id !== 'string' || typeof fault.effect !== 'object') {
        throw ApiError.badRequest('a fault needs an id and an effect');
      }
      this.faults.set(fault);
    }
    exchange.send(200, { faults: this.faults.list() });
  }

  /** `{ "username", "rules", "token"? }`: a user with limited rights; answers the token. */
  private addUser(exchange: ApiExchange, { username, rules, token }: Json): void {
    if (typeof username !== 'string') throw ApiError.badRequest('a user needs a username');
    exchange.send(201, { username, token: this.access.addUser(username, rules ?? [], { token }) });
  }

  private removeFaults(exchange: ApiExchange, id: string | null): void {
    if (id === null) this.faults.clear();
    else if (!this.faults.remove(id)) throw new ApiError(404, 'NotFound', `there is no fault "${id}"`);
    exchange.send(200, { faults: this.faults.list() });
  }
}
