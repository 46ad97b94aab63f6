/** The thread that writes one backup and reads it again. make-backup.ts starts it. */
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { WrittenMember } from './archive-writer.ts'
import { checkBackup } from './thread/check-backup.ts'
import type { FromThread, Made, Order, ToThread } from './thread/messages.ts'
import { writeBackup } from './thread/write-backup.ts'

if (!parentPort) throw new Error('This file runs as a worker thread.')
const port = parentPort

/** Requests go first. */
const NICE = 5

/** On Linux each thread has a priority of its own (setpriority(2), "C library/kernel differences"). */
function yieldToRequests(): void {
  if (process.platform !== 'linux') return
  try {
    const [, , thread] = readlinkSync('/proc/thread-self').split('/')
    setPriority(Number(thread), NICE)
  } catch {
    // Without /proc the thread has the priority of the others.
  }
}

async function macOf(members: readonly WrittenMember[]): Promise<string> {
  port.postMessage({ kind: 'members', members } satisfies FromThread)
  const [{ mac }] = (await once(port, 'message')) as [ToThread]
  return mac
}

async function make(order: Order): Promise<Made> {
  yieldToRequests()
  const written = await writeBackup(order, macOf)
  const { description, streams } = written
  return { description, streams, ...checkBackup(order, written) }
}

function failure(error: unknown): FromThread {
  const { name, code, message, stack } = error as Error & { code?: string }
  const isForeseen = code !== undefined || name === 'BackupError'
  return { kind: 'failed', name, code: code ?? '', message: isForeseen ? message : (stack ?? message) }
}

async function answer(order: Order): Promise<void> {
  port.postMessage(await make(order).then<FromThread, FromThread>((made) => ({ kind: 'made', made }), failure))
  port.close()
}

// Only make-backup.ts starts this file, with exactly this data.
void answer(workerData as Order)
