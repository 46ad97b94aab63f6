/** Preloaded with `--import`: gives the process one mutated module. No file changes. */
import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import type { Mutant } from '../mutants/mutant.ts'

/** The exit code for a mutant whose place is not in its file exactly once. */
const NO_SUCH_PLACE = 99

const { file, from, to } = JSON.parse(process.env['KEYHOLD_MUTANT'] ?? '{}') as Mutant
const url = new URL(`../../${file}`, import.meta.url)
const parts = readFileSync(url, 'utf8').split(from)
if (parts.length !== 2) process.exit(NO_SUCH_PLACE)

registerHooks({
  load(moduleUrl, context, nextLoad) {
    const loaded = nextLoad(moduleUrl, context)
    return moduleUrl === url.href ? { ...loaded, source: parts.join(to) } : loaded
  },
})
