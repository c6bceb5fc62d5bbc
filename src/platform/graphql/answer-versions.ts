import { Injectable } from '@nestjs/common';

/** What a feature knows about the answers of one root field of the queries. */
export interface AnswerVersion {
  /** Fields, as `Type.field`, whose values may change while the version stays. Fields with a resolver of their own always may. */
  readonly changing: ReadonlySet<string>;
  /** For the same caller and arguments, equal versions mean equal answers, word for word; undefined while that is not known. */
  of(args: Readonly<Record<string, unknown>>): string | undefined;
}

/** Where features say for which root fields an answer holds until something changes, and what it then depends on. */
@Injectable()
export class AnswerVersions {
  private readonly byField = new Map<string, AnswerVersion>();

  register(rootField: string, version: AnswerVersion): void {
    if (this.byField.has(rootField)) throw new Error(`answers of "${rootField}" have a version already`);
    this.byField.set(rootField, version);
  }

  get(rootField: string): AnswerVersion | undefined {
    return this.byField.get(rootField);
  }
}
