/** Replaces the real worker: does what the task's name says. The tests of the pool start it. */
import { parentPort, threadId } from 'node:worker_threads'

interface Message {
  name: 'echo' | 'die' | 'throw' | 'late' | 'fail' | 'meet' | 'count' | 'thread'
  input: { value?: unknown }
}

const actions = {
  echo: ({ value }: Message['input']) => answer({ ok: true, output: value }),
  late: ({ value }: Message['input']) => setTimeout(() => answer({ ok: true, output: value }), 50),
  fail: () => answer({ ok: false, message: 'as it was told' }),
  thread: () => answer({ ok: true, output: threadId }),
  meet,
  count,
  die: () => process.exit(3),
  throw: () => {
    throw new Error('uncaught')
  },
}

/** Ends when another thread is here too. */
function meet({ value }: Message['input']): void {
  const counters = new Int32Array(value as SharedArrayBuffer)
  Atomics.add(counters, 0, 1)
  Atomics.notify(counters, 0)
  while (Atomics.load(counters, 0) < 2) Atomics.wait(counters, 0, 1)
  answer({ ok: true, output: undefined })
}

/** Counts how many threads are here at once, and remembers the maximum. */
function count({ value }: Message['input']): void {
  const counters = new Int32Array(value as SharedArrayBuffer)
  const running = Atomics.add(counters, 0, 1) + 1
  if (running > Atomics.load(counters, 1)) Atomics.store(counters, 1, running)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  Atomics.sub(counters, 0, 1)
  answer({ ok: true, output: undefined })
}

function answer(message: object): void {
  parentPort?.postMessage(message)
}

parentPort?.on('message', ({ name, input }: Message) => actions[name](input))
