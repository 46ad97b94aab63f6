import { join } from 'node:path'
import { buildSync } from 'esbuild'

/** Writes the offline reader as one file, which Node starts in any folder: it has nothing to install. */
export function bundleReader(file: string): void {
  buildSync({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: '#!/usr/bin/env node' },
  })
}
