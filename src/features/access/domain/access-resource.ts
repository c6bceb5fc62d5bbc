/** What an action is asked on. A node's labels decide whether a scope's node selector covers it. */
export type AccessResource =
  | { type: 'System' }
  | { type: 'Cluster'; cluster: string }
  | { type: 'Node'; cluster: string; name: string; labels: Readonly<Record<string, string>> }
  | {
      type: 'Namespace';
      cluster: string;
      name: string;
      node?: { name: string; labels: Readonly<Record<string, string>> };
    };
