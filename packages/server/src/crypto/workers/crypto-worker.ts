/** A worker thread that runs one task after another. {@link Lane} starts it. */
import { parentPort } from 'node:worker_threads'
import { type FromWorker, ownedCopy, type ToWorker, wipeBytes } from './messages.ts'
import { TASKS, type TaskName } from './tasks.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')
const port = parentPort

/** Returns every error of a task as an answer: no input can end the thread. */
function answer({ name, input }: ToWorker): FromWorker {
  if (!Object.hasOwn(TASKS, name)) return { ok: false, message: `there is no task ${name}` }
  try {
    const task = TASKS[name as TaskName] as (input: object) => unknown
    return { ok: true, output: task(input) }
  } catch (error) {
    return { ok: false, message: Error.isError(error) ? error.message : String(error) }
  } finally {
    wipeBytes(input)
  }
}

port.on('message', (message: ToWorker) => {
  const answered = answer(message)
  // The copy is transferred; the bytes that stay here are wiped.
  const { copy, memory } = ownedCopy(answered)
  wipeBytes(answered)
  port.postMessage(copy, memory)
})
port.on('messageerror', () => port.postMessage({ ok: false, message: 'the task could not be read' }))
