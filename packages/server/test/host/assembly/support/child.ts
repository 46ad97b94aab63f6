import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { DevOptions, ServeOptions } from '../../../../src/host/assembly/config.ts'

const SERVER = new URL('../children/server.ts', import.meta.url).pathname

export type ServerSettings = ({ mode: 'serve' } & ServeOptions) | ({ mode: 'dev' } & DevOptions)

interface Started {
  endpoint: string
  pid: number
}

interface Launch {
  /** What runs node: `strace` and its options, or nothing. */
  under?: readonly string[]
  /** A module that the server's threads load before all others. */
  preload?: URL
}

/** A server in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly endpoint: string
  readonly #pid: number
  readonly #process: ChildProcess
  /** Exit code and signal, once all output is read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  #log = ''

  private constructor(child: ChildProcess, { endpoint, pid }: Started, log: string) {
    this.#process = child
    this.endpoint = endpoint
    this.#pid = pid
    this.#log = log
    child.stderr?.on('data', (text: string) => (this.#log += text))
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }))
  }

  /** Resolves once the server answers; rejects with what it said when it ends before. */
  static async start(settings: ServerSettings, { under = [], preload }: Launch = {}): Promise<ServerProcess> {
    const imports = preload === undefined ? [] : [`--import=${preload.href}`]
    const server = [process.execPath, '--conditions=source', ...imports, SERVER, JSON.stringify(settings)]
    const [program = '', ...args] = [...under, ...server]
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let log = ''
    const keep = (text: string): void => void (log += text)
    child.stderr.setEncoding('utf8').on('data', keep)
    const line = once(createInterface(child.stdout), 'line').then(([text]) => JSON.parse(String(text)) as Started)
    const failed = once(child, 'close').then(() => Promise.reject(new Error(`the server did not start: ${log}`)))
    failed.catch(() => undefined) // also rejects when it ends in the usual way, later
    const started = await Promise.race([line, failed])
    child.stderr.off('data', keep)
    return new ServerProcess(child, started, log)
  }

  /** All that it wrote to standard error. */
  get log(): string {
    return this.#log
  }

  kill(signal: NodeJS.Signals): void {
    process.kill(this.#pid, signal)
  }

  /** As an operator stops it: SIGTERM, and its exit. */
  async stop(): Promise<void> {
    this.kill('SIGTERM')
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.kill('SIGKILL')
    await this.ended
  }
}
