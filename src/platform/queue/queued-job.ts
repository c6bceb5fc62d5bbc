import { StartupError } from '../../kernel/startup-error.js';

const declared = new Set<string>();

/** Names a job that is queued from somewhere in this process: a worker refuses to start without a handler for it. */
export function queuedJob<const N extends string>(name: N): N {
  if (declared.has(name))
    throw new StartupError(`two jobs of the queue are named ${name}: give one of them another name`);
  declared.add(name);
  return name;
}

export const queuedJobs = (): readonly string[] => [...declared];
