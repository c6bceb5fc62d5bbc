/** What a test has started, so that it stops together: in reverse, and also when a later part does not start. */
export class StartedParts {
  private readonly starting: Promise<(() => Promise<unknown>) | null>[] = [];

  start<T>(part: Promise<T>, stop: (part: T) => Promise<unknown>): Promise<T> {
    const stopOf = (started: T) => () => stop(started);
    this.starting.push(part.then(stopOf, () => null));
    return part;
  }

  /** Every part, whatever the stop of another throws. Parts that are still starting are waited for. */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (const starting of this.starting.splice(0).reverse()) {
      const stop = await starting;
      await stop?.().catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('\n'));
  }

  /** Gives back what `work` makes of the parts; they stop when it fails. */
  async orStop<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.stop().catch(() => undefined); // why it did not start says more
      throw error;
    }
  }
}
