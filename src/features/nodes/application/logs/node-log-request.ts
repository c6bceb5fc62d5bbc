/** What of a node's logs is wanted. */
export interface NodeLogRequest {
  readonly cluster: string;
  readonly node: string;
  readonly service: readonly string[];
  /** The unit that runs the node's kubelet: its lines tell the machine's time zone. */
  readonly kubeletUnit: string;
  /** A file under /var/log instead of services. */
  readonly file?: string;
  readonly since?: Date;
  readonly until?: Date;
  readonly tail?: number;
  readonly pattern?: string;
  readonly boot?: number;
  readonly follow: boolean;
  /** Id of the last line the caller has. */
  readonly after?: string;
}

/** As the journal writes it, with microseconds, so that the texts compare. */
export const stampOf = (time: Date): string => time.toISOString().replace('Z', '000Z');
