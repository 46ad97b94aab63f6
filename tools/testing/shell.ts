import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A command that takes longer hangs. */
const COMMAND_TIMEOUT_MS = 120_000
/** How long a command in the background may take until it has printed what it should. */
const BACKGROUND_TIMEOUT_MS = 30_000
const POLL_MS = 50

interface Outcome {
  exitCode: number
  /** Standard output and standard error, in the order they were written. */
  output: string
}

/** One bash that runs commands one after the other, as a reader's terminal does: variables, folders and jobs last. */
export class Shell {
  readonly #bash: ChildProcessWithoutNullStreams
  readonly #outputFolder: string
  #answers = ''
  #count = 0

  /** Output of commands is kept in `outputFolder` while they run. */
  constructor(folder: string, outputFolder: string, environment: NodeJS.ProcessEnv) {
    this.#outputFolder = outputFolder
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env: environment, detached: true })
    this.#bash.stdout.setEncoding('utf8').on('data', (text: string) => (this.#answers += text))
    this.#bash.stdin.on('error', () => {}) // bash has ended; run() says so
  }

  /**
   * Runs one command and resolves once it has ended. For one that ends in `&`, once `isReady` says so of its output, or
   * after half a minute. Rejects when the command hangs or ends the shell.
   */
  async run(command: string, isReady: (output: string) => boolean): Promise<Outcome> {
    this.#count += 1
    const file = join(this.#outputFolder, `${this.#count}.txt`)
    const mark = `done-${randomUUID()}`
    this.#bash.stdin.write(`{ ${command}\n} > '${file}' 2>&1 < /dev/null\necho "${mark} $?"\n`)
    const exitCode = await this.#exitCode(new RegExp(`${mark} (\\d+)\\n`), command)
    if (command.endsWith('&')) await until(async () => isReady(await readFile(file, 'utf8')), BACKGROUND_TIMEOUT_MS)
    return { exitCode, output: await readFile(file, 'utf8') }
  }

  /** Ends the shell and everything it started. */
  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#bash
    const closed = exitCode ?? signalCode ?? new Promise((resolve) => this.#bash.once('close', resolve))
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch {
      // Nothing of the group is left.
    }
    await closed
  }

  async #exitCode(answer: RegExp, command: string): Promise<number> {
    const ended = (): boolean => this.#bash.exitCode !== null || this.#bash.signalCode !== null
    const settled = await until(async () => answer.test(this.#answers) || ended(), COMMAND_TIMEOUT_MS)
    const code = answer.exec(this.#answers)?.[1]
    if (code !== undefined) return Number(code)
    throw new Error(settled ? `the shell ended at: ${command}` : `does not come to an end: ${command}`)
  }
}

/** Whether the condition came true in time. */
async function until(condition: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (await condition()) return true
    await sleep(POLL_MS)
  }
  return condition()
}
