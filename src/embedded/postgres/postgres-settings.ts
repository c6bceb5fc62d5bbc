/** `durable`: what was committed survives a power cut. `test`: nothing is synced; only for data that is thrown away. */
export type Durability = 'durable' | 'test';

export const DATABASE_USER = 'steward';

/** Arguments of the server: loopback only, no unix socket (its path may be too long), sized for a laptop beside the product. */
export function serverArguments(dataFolder: string, port: number, durability: Durability): string[] {
  const durable = durability === 'durable' ? 'on' : 'off';
  const settings: Record<string, string | number> = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    // Several API and worker processes share one server in tests and in trials.
    max_connections: 200,
    shared_buffers: '64MB',
    fsync: durable,
    full_page_writes: durable,
    synchronous_commit: 'on',
    // No replica ever attaches: less to write per commit.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '256MB',
    io_method: 'sync',
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
  };
  return ['-D', dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The builtin locale sorts and folds the same on every machine and needs no locale of the host. */
export function initdbArguments(dataFolder: string, passwordFile: string, durability: Durability): string[] {
  return [
    `--pgdata=${dataFolder}`,
    `--username=${DATABASE_USER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durability === 'test' ? ['--no-sync'] : []),
  ];
}
