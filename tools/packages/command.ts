import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand } from '../bundle.ts'
import { makeCodeCache } from './code-cache.ts'

const cli = join(import.meta.dirname, '../../packages/cli')

/**
 * Writes the launcher, the bundle and V8's code cache for this Node to a new folder. The packages of others must be found from
 * there already.
 */
export async function makeCommand(folder: string, node: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const name of ['bin', 'package.json']) cpSync(join(cli, name), join(folder, name), { recursive: true })
  bundleCommand(join(folder, 'dist'))
  await makeCodeCache(node, folder)
}
