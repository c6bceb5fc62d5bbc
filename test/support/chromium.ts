import { createReadStream, createWriteStream, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';
import { mustRun, runCommand } from './run-command.js';
import { cachedFolder } from './tool-cache.js';

/** Carries the browser itself, for Linux on x64: nothing is fetched from elsewhere, and root is not needed. */
const BROWSER = '@sparticuz/chromium@153.0.0';
const DRIVER = 'puppeteer-core@25.16.0';
const FLAGS = ['--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage'];

/** What the tests use of a browser's page. */
export interface BrowserPage {
  goto(url: string): Promise<unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: what the function in the page gives
  evaluate<A>(work: (argument: A) => any, argument: A): Promise<any>;
  close(): Promise<void>;
}

export interface Browser {
  newPage(): Promise<BrowserPage>;
  version(): Promise<string>;
  close(): Promise<void>;
}

/** A real browser, or why there is none on this machine. TEST_CHROMIUM names one where the package has none. */
export async function startChromium(): Promise<Browser | { missing: string }> {
  const own = process.env.TEST_CHROMIUM;
  if (!own && (process.platform !== 'linux' || process.arch !== 'x64')) {
    return { missing: 'no Chromium for this machine comes from npm; TEST_CHROMIUM can name one' };
  }
  const folder = await cachedFolder(own ? 'puppeteer-25.16.0' : 'chromium-153.0.0', (staging) => fill(staging, !own));
  const executablePath = own ?? join(folder, 'chromium');
  const libraries = await librariesFor(executablePath, folder);
  const driver = createRequire(join(folder, 'package.json')).resolve('puppeteer-core');
  const { default: puppeteer } = await import(/* @vite-ignore */ pathToFileURL(driver).href);
  return puppeteer.launch({
    executablePath,
    args: FLAGS,
    headless: 'shell',
    timeout: 120_000,
    protocolTimeout: 180_000,
    env: { ...process.env, ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}) },
  });
}

async function fill(folder: string, withBrowser: boolean): Promise<void> {
  const packages = withBrowser ? [DRIVER, BROWSER] : [DRIVER];
  const options = ['--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--save-exact'];
  await mustRun('npm', ['install', ...options, ...packages], { cwd: folder, timeoutMs: 240_000 });
  if (!withBrowser) return;
  const bin = join(folder, 'node_modules/@sparticuz/chromium/bin');
  const unpack = (from: string, to: string, mode = 0o644) =>
    pipeline(
      createReadStream(join(bin, from)),
      createBrotliDecompress(),
      createWriteStream(join(folder, to), { mode }),
    );
  await unpack('chromium.br', 'chromium', 0o755);
  await unpack('al2023.tar.br', 'libraries.tar');
  await mustRun('tar', ['-xf', 'libraries.tar', '-C', folder], { cwd: folder });
  rmSync(join(folder, 'libraries.tar'));
  rmSync(bin, { recursive: true });
}

/** The package has the few libraries that a machine without a desktop may lack. */
async function librariesFor(executable: string, folder: string): Promise<string | undefined> {
  const { stdout } = await runCommand('ldd', [executable]);
  if (!stdout.includes('not found')) return undefined;
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('libnss3.so'));
  return found && existsSync(join(folder, found)) ? join(folder, found, '..') : undefined;
}
