import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EndingSignal } from '../../packages/cli/src/process/die-by.ts'
import { nodeArguments } from '../../tools/testing/keyhold.ts'

/** What a process does at a moment, by the system's calls. `calling` is the KMS, which never answers here. */
export const PHASES = {
  opening: 'open,openat',
  reading: 'read,pread64,preadv,preadv2',
  calling: '',
  writing: 'write,writev,pwrite64,pwritev,pwritev2',
  syncing: 'fsync,fdatasync',
  renaming: 'rename,renameat,renameat2,link,linkat',
  removing: 'unlink,unlinkat,rmdir',
} as const
export type Phase = keyof typeof PHASES

export interface Strike {
  phase: Phase
  signal: EndingSignal
  twice: boolean
}

export interface Struck {
  /** As a shell gives it. */
  code: number
  stderr: string
}

/** Each call of a phase takes so much longer, that the signal finds the process in one. */
const DELAY_US = 30_000
const MOST_WAIT_MS = 150
/** It ends long before that, or it hangs. */
const END_MS = 30_000

/**
 * Runs the command, waits until it works on its files, slows one kind of the system's calls down, and sends it the signal.
 *
 * @param isAtWork whether the command has done something of its work.
 */
export async function strike(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  isAtWork: () => boolean,
  { phase, signal, twice }: Strike,
): Promise<Struck> {
  const child = spawn(process.execPath, nodeArguments(args), { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const ended = once(child, 'close')
  while (!isAtWork() && child.exitCode === null) await sleep(1)
  const tracer = PHASES[phase] === '' ? undefined : await slowDown(child, PHASES[phase])
  await sleep(Math.random() * MOST_WAIT_MS)
  child.kill(signal)
  if (twice) {
    await sleep(Math.random() * 20)
    child.kill(signal)
  }
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS)
  const [code, by] = (await ended) as [number | null, NodeJS.Signals | null]
  clearTimeout(late)
  await tracer?.ended
  return { code: code ?? 128 + constants.signals[by!], stderr }
}

/** Returns once the process is traced. Answers when it is not traced any more. */
async function slowDown(child: ChildProcess, calls: string): Promise<{ ended: Promise<unknown> }> {
  const slow = `inject=${calls}:delay_enter=${DELAY_US}`
  const args = ['-f', '-p', String(child.pid), '-o', '/dev/null', '-e', `trace=${calls}`, '-e', slow]
  const tracer = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(tracer, 'close')
  await Promise.race([once(tracer.stderr, 'data'), ended])
  return { ended }
}
