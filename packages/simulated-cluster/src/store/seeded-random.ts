/** A small deterministic generator (mulberry32): the same seed gives the same cluster, names and faults. */
export class SeededRandom {
  private state: number;

  constructor(seed = 1) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  uuid(): string {
    const hex = (bits: number) =>
      this.below(2 ** bits)
        .toString(16)
        .padStart(bits / 4, '0');
    return `${hex(32)}-${hex(16)}-4${hex(12)}-${(8 + this.below(4)).toString(16)}${hex(12)}-${hex(24)}${hex(24)}`;
  }

  /** The suffix of generated names; no vowels and no look-alikes, as in Kubernetes. */
  suffix(length = 5): string {
    let text = '';
    for (let i = 0; i < length; i++) text += SUFFIX_ALPHABET[this.below(SUFFIX_ALPHABET.length)];
    return text;
  }
}

const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
