import { Injectable } from '@nestjs/common';

/** Whether a break-glass of this person, other than the one excepted, waits for an overdue review. */
export type DebtCheck = (person: string, now: Date, exceptId: string) => Promise<boolean>;

/** Reviews that are owed for a break-glass, whatever it was about: an overdue one blocks the next of that person. */
@Injectable()
export class BreakGlassDebts {
  private readonly checks: DebtCheck[] = [];

  register(check: DebtCheck): void {
    this.checks.push(check);
  }

  async isOverdue(person: string, now: Date, exceptId: string): Promise<boolean> {
    for (const check of this.checks) if (await check(person, now, exceptId)) return true;
    return false;
  }
}
