/** What was told in the last seconds, counted: an entry may be there twice, word for word. */
export class ToldLines {
  private readonly counts = new Map<string, { at: number; count: number }>();
  private forgotten = 0;

  /** Always gives back `answer`, so that it fits into a filter. */
  remember(text: string, at: number, answer: boolean): boolean {
    const known = this.counts.get(text);
    if (known) known.count += 1;
    else this.counts.set(text, { at, count: 1 });
    return answer;
  }

  /** What is older is not asked for again; kept, a long log would fill memory. */
  forgetBefore(since: number): void {
    if (since <= this.forgotten) return;
    this.forgotten = since;
    for (const [text, { at }] of this.counts) if (at < since) this.counts.delete(text);
  }

  /** One more reading from `since` on: forgets what is older, and tells which of its lines are new. */
  round(since: number): { isNew(text: string, at: number): boolean } {
    this.forgetBefore(since);
    const seen = new Map<string, number>();
    return {
      isNew: (text, at) => {
        const times = (seen.get(text) ?? 0) + 1;
        seen.set(text, times);
        return times > (this.counts.get(text)?.count ?? 0) && this.remember(text, at, true);
      },
    };
  }
}
