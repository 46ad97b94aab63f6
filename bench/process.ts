import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** A server in a process of its own, so that its CPU time is its own. */
export interface ServerProcess {
  port: number
  /** CPU seconds, user and system, of the whole process with its threads, since it started. */
  cpuSeconds(): number
  stop(): Promise<void>
}

/** Linux counts CPU time in ticks of 1/100 s (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100

/** Starts `script`, which prints its port on a line of its own once it answers, and stops on SIGTERM. */
export async function startServer(script: URL, args: readonly string[] = []): Promise<ServerProcess> {
  const child = spawn(process.execPath, ['--conditions=source', script.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const port = Number(await firstLine(child))
  return {
    port,
    cpuSeconds: () => cpuSeconds(child.pid ?? 0),
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the server has no standard output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('the server stopped before it answered')
}

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
