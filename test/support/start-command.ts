import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

interface Manifest {
  readonly scripts: { readonly start: string };
}

/** What `npm start` gives to node, so that tests and benchmarks run the product as users do. */
export function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as Manifest;
  const [node, ...rest] = scripts.start.split(' ');
  const script = rest.pop();
  if (node !== 'node' || !script) throw new Error(`npm start is not "node …": ${scripts.start}`);
  return [...rest, join(projectRoot, script)];
}
