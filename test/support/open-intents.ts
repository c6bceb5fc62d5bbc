type Query = (text: string, values: unknown[]) => Promise<object[]>;

/** Audit intents without an outcome, of one operation where its id is given: when all has ended there are none. */
export const openIntents = (query: Query, correlationId?: string): Promise<object[]> =>
  query(
    `SELECT i.action FROM audit_events i WHERE i.kind = 'INTENT' AND ($1::text IS NULL OR i.correlation_id::text = $1)
       AND NOT EXISTS (SELECT 1 FROM audit_events o WHERE o.intent_id = i.id)`,
    [correlationId ?? null],
  );
