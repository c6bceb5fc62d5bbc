import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Access1763935200000 implements MigrationInterface {
  readonly name = 'Access1763935200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_tokens (
        id text PRIMARY KEY,
        name text NOT NULL,
        actor_type text NOT NULL,
        secret_hash bytea NOT NULL,
        previous_secret_hash bytea,
        previous_expires_at timestamptz,
        bindings jsonb NOT NULL,
        groups text[] NOT NULL DEFAULT '{}',
        cidrs text[] NOT NULL DEFAULT '{}',
        owned_by text,
        seed_role text UNIQUE,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        CONSTRAINT api_tokens_actor_type CHECK (actor_type IN ('person', 'bot'))
      )`);
    await runner.query(`
      CREATE TABLE idempotency_keys (
        principal text NOT NULL,
        key text NOT NULL,
        fingerprint bytea NOT NULL,
        answer jsonb NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (principal, key)
      )`);
    await runner.query('CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
    await runner.query('DROP TABLE api_tokens');
  }
}
