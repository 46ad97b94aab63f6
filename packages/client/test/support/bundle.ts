import { join } from 'node:path'
import { build } from 'esbuild'

/** The client for browsers in one file, as an application's bundler makes it. */
export async function browserBundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../../src/browser/index.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['source'],
    write: false,
  })
  return outputFiles[0]!.text
}
