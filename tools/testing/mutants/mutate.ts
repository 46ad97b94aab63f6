/**
 * Preloaded into the tests, their threads and the processes that they start: gives them one mutated module. No file
 * changes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { LOADED, planOfProcess } from './plan.ts'

const { folder, mutant } = planOfProcess()
const url = mutant && new URL(`../../../${mutant.file}`, import.meta.url)

registerHooks({
  load(moduleUrl, context, nextLoad) {
    const loaded = nextLoad(moduleUrl, context)
    if (mutant === undefined || moduleUrl.replace(/[?#].*/, '') !== url?.href) return loaded
    writeFileSync(join(folder, LOADED), '')
    return { ...loaded, source: readFileSync(url, 'utf8').replace(mutant.from, () => mutant.to) }
  },
})
