import { resolve } from 'node:path'
import { suite } from 'node:test'
import { pathToFileURL } from 'node:url'
import { bundleThreadsIn } from './bundled-threads.ts'
import { TestQueue } from './test-queue.ts'

export interface QueueRun {
  /** Of the queue. */
  folder: string
  /** Which of the processes that take from the queue this is, from 0. */
  processIndex: number
  /** How long the process may take to end once its last file has. What keeps it longer, a file has left open. */
  endTimeoutMs: number
}

/**
 * Runs test files of the queue in this process, one after the other, until none is left. Each file is a suite of its
 * own, so that its hooks are for its own tests.
 */
export async function runQueue({ folder, processIndex, endTimeoutMs }: QueueRun): Promise<void> {
  const queue = new TestQueue(folder)
  const runFolder = process.env['TEST_RUN_FOLDER']
  if (runFolder !== undefined) bundleThreadsIn(runFolder)
  let running: string | undefined
  process.on('exit', () => {
    if (running !== undefined) process.exitCode = 1 // a test that ends the process with 0 has not passed
  })
  while ((running = queue.take(processIndex)) !== undefined) {
    const url = pathToFileURL(resolve(running)).href
    await suite(running, async () => void (await import(url)))
    queue.finish(running)
  }
  setTimeout(failOpen, endTimeoutMs).unref()
}

function failOpen(): void {
  console.error(
    `A test file has left open what keeps its process alive: ${process.getActiveResourcesInfo().join(', ')}`,
  )
  process.exit(1)
}
