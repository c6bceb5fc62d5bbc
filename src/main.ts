import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { printable } from './kernel/printable.js';
import { StartupError } from './kernel/startup-error.js';
import { safeLines } from './platform/telemetry/safe-log-line.js';

const MINIMUM_NODE = [22, 19] as const;

function checkRuntime(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  throw new StartupError(
    `Node ${process.versions.node} is too old: run through npm ("npm start" brings its own Node), or use Node ${MINIMUM_NODE.join('.')} or newer`,
  );
}

try {
  checkRuntime();
  // Beside the code and not in a shared folder: whoever can write there could change the code as well. Where nobody can
  // write, as in an image with a read-only root, starts only take longer.
  module.enableCompileCache(fileURLToPath(new URL('../.compile-cache', import.meta.url)));
  // Imported after the check: the libraries behind it do not even load on an older Node.
  const { launch } = await import('./launch.js');
  await launch();
} catch (error) {
  // A StartupError says what to do; anything else is a defect, so its stack is wanted.
  const expected = error instanceof Error && error.name === 'StartupError';
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(expected ? `node-steward: ${printable((error as Error).message)}\n` : `${safeLines(stack)}\n`);
  process.exit(1);
}
