import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import threads from 'node:worker_threads'
import { bundleThreads } from '../../bundle.ts'

/**
 * Has this process start its threads as bundles of their sources, which one of the processes of a test run makes when the
 * first is started. A thread shares no module with the process that starts it: of the 95 ms of CPU that a writer takes from
 * its sources, loading them is 60, and a test run starts thousands.
 */
export function bundleThreadsIn(runFolder: string): void {
  const folder = join(runFolder, 'threads')
  const { Worker } = threads
  threads.Worker = class extends Worker {
    constructor(file: string | URL, options?: threads.WorkerOptions) {
      super(bundled(file, folder), options)
    }
  }
  syncBuiltinESMExports()
}

/** The bundle of a thread of ours; of another, its own file. */
function bundled(file: string | URL, folder: string): string | URL {
  const source = file instanceof URL ? fileURLToPath(file) : file
  if (!/\/packages\/(?:client|server)\/src\//.test(source.replaceAll('\\', '/'))) return file
  if (!existsSync(folder)) makeBundles(folder)
  const bundle = join(folder, `${basename(source, '.ts')}.js`)
  return existsSync(bundle) ? bundle : file
}

function makeBundles(folder: string): void {
  const unfinished = mkdtempSync(`${folder}-`)
  bundleThreads(unfinished)
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    // Another process of the run was faster.
    if (!existsSync(folder)) throw error
    rmSync(unfinished, { recursive: true })
  }
}
