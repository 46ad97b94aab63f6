/** Runs the bundled command once, and writes what V8 has made of it by then: `warm-up.ts BUNDLE OUTPUT ARGUMENT…`. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Script } from 'node:vm'

const [, , bundle = '', output = '', ...words] = process.argv
const { load } = createRequire(import.meta.url)('../../packages/cli/bin/bundle.js') as {
  load(folder: string, name: string, onScript: (name: string, script: Script) => void): unknown
}
const scripts = new Map<string, Script>()
process.argv.splice(2, Infinity, ...words)
process.on('exit', () => {
  mkdirSync(output, { recursive: true })
  for (const [name, script] of scripts) writeFileSync(join(output, name), script.createCachedData())
})
load(bundle, 'main', (name, script) => scripts.set(name, script))
