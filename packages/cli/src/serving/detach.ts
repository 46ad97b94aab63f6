import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { constants } from 'node:os'
import { printable } from '../terminal/printable.ts'

/** What a server says to the process that started it in the background. */
interface Report {
  keyholdIsReady: { endpoint: string; pid: number }
}

/** A server in the background, or the exit code of one that did not start. */
export type Detached = Report['keyholdIsReady'] | { exitCode: number; said: string }

/** How much of the log of a server that did not start is shown. */
const SHOWN_BYTES = 4096

/**
 * Starts this command again, in a session of its own, without `--detach`. What it says goes to the end of the file `log`. Resolves
 * once it is ready, or has ended before. A signal that ends this process meanwhile ends the server, too.
 */
export async function startDetached(log: string): Promise<Detached> {
  const output = openSync(log, 'a', 0o600)
  const begin = await sizeOf(log)
  const child = spawn(process.execPath, [...process.execArgv, ...argumentsOfServer(process.argv.slice(1))], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  })
  closeSync(output)
  const stop = (): void => void child.kill('SIGTERM')
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop)
  const ready = await outcomeOf(child)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop)
  if (typeof ready !== 'number') {
    child.disconnect()
    child.unref()
    return ready
  }
  return { exitCode: ready, said: await textFrom(log, begin) }
}

/** Tells the process that started this one in the background that the server is ready. Without such a process, nothing. */
export function reportReady(endpoint: string): void {
  const report: Report = { keyholdIsReady: { endpoint, pid: process.pid } }
  // A parent that has gone hears nothing: the server was asked to outlive it.
  process.send?.(report, undefined, undefined, () => undefined)
}

/** The flags of this command for the server: a flag goes before the variable and the file that may say `detach`. */
function argumentsOfServer(args: readonly string[]): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return [...args.slice(0, end).filter((word) => word !== '--detach'), '--no-detach', ...args.slice(end)]
}

function outcomeOf(child: ChildProcess): Promise<Report['keyholdIsReady'] | number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
    child.on('message', (message: Partial<Report>) => {
      if (message.keyholdIsReady) resolve(message.keyholdIsReady)
    })
  })
}

async function sizeOf(file: string): Promise<number> {
  await using handle = await open(file)
  return (await handle.stat()).size
}

/** The last part of what a file has from `begin` on. */
async function textFrom(file: string, begin: number): Promise<string> {
  await using handle = await open(file)
  const { size } = await handle.stat()
  const start = Math.max(begin, size - SHOWN_BYTES)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
  return buffer.toString('utf8', 0, bytesRead).split('\n').map(printable).join('\n').trimEnd()
}
