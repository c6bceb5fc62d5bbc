import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TypeormUnitOfWork } from '../../../src/platform/postgres/unit-of-work.js';
import { testDatabase } from '../../support/postgres.js';

const CONNECTIONS = 2;

describe('10.4 records apart from a transaction', () => {
  let dataSource: DataSource;
  let unitOfWork: TypeormUnitOfWork;

  beforeAll(async () => {
    const { url } = await testDatabase();
    // A wait for a connection that nobody gives back ends, instead of the test.
    const extra = { connectionTimeoutMillis: 2_000 };
    dataSource = new DataSource({ type: 'postgres', url, poolSize: CONNECTIONS, extra });
    await dataSource.initialize();
    await dataSource.query('CREATE TABLE notes (text text NOT NULL CHECK (text <> $$refused$$))');
    unitOfWork = new TypeormUnitOfWork(dataSource);
  });
  beforeEach(() => dataSource.query('DELETE FROM notes'));
  afterAll(() => dataSource?.destroy());

  const note = (text: string) => unitOfWork.manager.query('INSERT INTO notes VALUES ($1)', [text]);
  const notes = async () => {
    const rows: { text: string }[] = await dataSource.query('SELECT text FROM notes ORDER BY text');
    return rows.map(({ text }) => text);
  };

  /** What a denied request does: it has written something, records the denial, and gives up. */
  const denied = (text: string) =>
    unitOfWork.run(async () => {
      await note(`work of ${text}`);
      await unitOfWork.apart(() => note(text));
      throw new Error(`${text} is denied`);
    });

  it('outlive its rollback, and its commit', async () => {
    await expect(denied('one')).rejects.toThrow('one is denied');
    await unitOfWork.run(async () => {
      await unitOfWork.apart(() => note('two'));
      await note('work of two');
    });
    expect(await notes()).toEqual(['one', 'two', 'work of two']);
  });

  it('need no second connection while it runs, so that as many at once as there are connections all end', async () => {
    const texts = Array.from({ length: 5 * CONNECTIONS }, (_, index) => `denial ${index}`);
    const ends = await Promise.allSettled(texts.map(denied));
    expect(ends.map((end) => end.status === 'rejected' && end.reason.message)).toEqual(
      texts.map((text) => `${text} is denied`),
    );
    expect(await notes()).toEqual(texts);
  });

  it('are made after the outermost transaction, in their order, each in one of its own', async () => {
    const seen: string[][] = [];
    await unitOfWork.run(async () => {
      await unitOfWork.run(() => unitOfWork.apart(async () => void seen.push(await notes())));
      await unitOfWork.apart(() => note('first'));
      await unitOfWork.apart(async () => void seen.push(await notes()));
      await note('work');
      expect(await notes()).toEqual([]);
    });
    expect(seen).toEqual([['work'], ['first', 'work']]);
  });

  it('are made at once where none runs', async () => {
    await unitOfWork.apart(() => note('alone'));
    expect(await notes()).toEqual(['alone']);
  });

  it('let the outermost transaction fail by their own error: a denial that is not recorded is none', async () => {
    const unrecorded = unitOfWork.run(async () => {
      await unitOfWork.apart(() => note('refused'));
      throw new Error('denied');
    });
    await expect(unrecorded).rejects.toThrow('notes_text_check');
    const after = unitOfWork.run(() => unitOfWork.apart(() => note('refused')));
    await expect(after).rejects.toThrow('notes_text_check');
  });
});
