import { type Profiler, Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

const COMPILERS = ['opt', 'maglev', 'sparkplug'];

/**
 * How many functions a call runs, in our code and in that of libraries, as the engine counts them: the same on a busy machine
 * as on an idle one, and exponential where the time would be.
 */
export function countWork(call: () => void): number {
  const session = new Session();
  session.connect();
  // Optimized code does not count.
  for (const compiler of COMPILERS) setFlagsFromString(`--no-${compiler}`);
  try {
    // Within one thread the answers come before `post` returns.
    session.post('Profiler.enable');
    session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    call();
    return taken(session);
  } finally {
    session.post('Profiler.stopPreciseCoverage');
    session.disconnect();
    for (const compiler of COMPILERS) setFlagsFromString(`--${compiler}`);
  }
}

function taken(session: Session): number {
  let found: Profiler.TakePreciseCoverageReturnType | undefined;
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error) throw error;
    found = coverage;
  });
  if (!found) throw new Error('the engine did not count');
  let calls = 0;
  for (const { functions } of found.result) {
    for (const { ranges } of functions) for (const { count } of ranges) calls += count;
  }
  return calls;
}
