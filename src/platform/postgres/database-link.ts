import { Injectable } from '@nestjs/common';

/**
 * Whether the database answers this process, by what its own queries last saw. For reads that can do without: they
 * leave their part out at once instead of waiting for a database that is known to be away.
 */
@Injectable()
export class DatabaseLink {
  private lost = false;

  get isAway(): boolean {
    return this.lost;
  }

  noteAnswer(): void {
    this.lost = false;
  }

  noteSilence(): void {
    this.lost = true;
  }
}
