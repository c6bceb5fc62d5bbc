import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { librariesOf, unpackDebianPackage } from './debian-package.js';
import { cachedFolder } from './tool-cache.js';

/**
 * Environment of a process whose wall clock is wrong by so much. The monotonic clock stays right, as on a machine that
 * somebody set the time of. Null where libfaketime can't be had.
 */
export async function fakeTime(offsetSeconds: number): Promise<Record<string, string> | null> {
  const library = await faketimeLibrary();
  if (!library) return null;
  return {
    LD_PRELOAD: library,
    FAKETIME: `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME_NO_CACHE: '1',
  };
}

async function faketimeLibrary(): Promise<string | null> {
  try {
    const folder = await cachedFolder('faketime', async (staging) => {
      await unpackDebianPackage('libfaketime', staging);
      if (!libraryIn(staging)) throw new Error('the Debian package holds no library');
    });
    return libraryIn(folder);
  } catch {
    return null;
  }
}

function libraryIn(folder: string): string | null {
  const library = join(librariesOf(folder) ?? folder, 'faketime/libfaketimeMT.so.1');
  return existsSync(library) ? library : null;
}
