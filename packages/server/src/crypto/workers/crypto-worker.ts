/** A worker thread: answers one task after another. Started by {@link Lane}. */
import { parentPort } from 'node:worker_threads'
import { type FromWorker, ownedCopy, type ToWorker, wipeBytes } from './messages.ts'
import { TASKS, type TaskName } from './tasks.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')
const port = parentPort

/** Whatever a task throws is an answer: nothing that is sent here ends the thread. */
function answer({ name, input }: ToWorker): FromWorker {
  if (!Object.hasOwn(TASKS, name)) return { ok: false, message: `there is no task ${name}` }
  try {
    const task = TASKS[name as TaskName] as (input: object) => unknown
    return { ok: true, output: task(input) }
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) }
  } finally {
    wipeBytes(input)
  }
}

port.on('message', (message: ToWorker) => {
  const answered = answer(message)
  // The copy goes to the other side; what is left here is wiped.
  const { copy, memory } = ownedCopy(answered)
  wipeBytes(answered)
  port.postMessage(copy, memory)
})
port.on('messageerror', () => port.postMessage({ ok: false, message: 'the task could not be read' }))
