import type { INestApplicationContext } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface StatementCount {
  matching(pattern: RegExp): number;
  /** How many there were in all. */
  stop(): number;
}

/** Counts the statements that a process of this test sends to its database, through its pool. */
export function countStatements(app: INestApplicationContext, pattern: RegExp): StatementCount {
  const dataSource = app.get(DataSource, { strict: false }) as { logger: DataSource['logger'] };
  const before = dataSource.logger;
  const statements: string[] = [];
  const counting = Object.create(before) as DataSource['logger'];
  counting.logQuery = (query: string) => {
    if (pattern.test(query)) statements.push(query);
  };
  dataSource.logger = counting;
  return {
    matching: (wanted) => statements.filter((statement) => wanted.test(statement)).length,
    stop: () => {
      dataSource.logger = before;
      return statements.length;
    },
  };
}
