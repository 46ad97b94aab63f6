import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningServer } from '@keyhold/server'
import { FileError } from '../base/errors.ts'

/** Many endpoints. A file that is larger is none of ours. */
const MAX_BYTES = 64 * 1024

/** The file that says where a server answers, for as long as it does. */
export class ReadyFile {
  readonly #file: string
  #text: string | undefined
  #goesAtExit = false
  /** What was there, if the server that it is of runs. */
  #ofAnother: string | undefined

  /**
   * Removes the file of a server that was killed, so that no program takes it for that of this one. Throws a FileError for a file
   * of another kind, which stays as it is. That of a server that runs is put back if this one does not start, as with a port that
   * the other one has.
   */
  constructor(file: string) {
    this.#file = file
    const found = contentsOf(file)
    if (found === undefined) return
    if (!isReadyFile(found)) throw new FileError(`${JSON.stringify(file)} exists, and is no ready file. Name another.`)
    rmSync(file, { force: true })
    if (!isOfRunning(found)) return
    this.#ofAnother = found
    process.once('exit', () => this.remove())
  }

  /** Writes the file, whole or not at all: programs wait until it is there, and then read it. It goes with this process. */
  write({ endpoint, endpoints }: Pick<RunningServer, 'endpoint' | 'endpoints'>): void {
    const text = `${JSON.stringify({ endpoint, endpoints, pid: process.pid })}\n`
    const beside = mkdtempSync(`${this.#file}.`)
    try {
      writeFileSync(join(beside, 'ready'), text)
      renameSync(join(beside, 'ready'), this.#file)
    } finally {
      rmSync(beside, { recursive: true, force: true })
    }
    this.#text = text
    if (!this.#goesAtExit) process.once('exit', () => this.remove())
    this.#goesAtExit = true
  }

  /** Removes the file, unless another server has put its own there. */
  remove(): void {
    this.#putBack()
    if (this.#text === undefined || contentsOf(this.#file) !== this.#text) return
    this.#text = undefined
    rmSync(this.#file, { force: true })
  }

  #putBack(): void {
    const text = this.#ofAnother
    this.#ofAnother = undefined
    if (text === undefined || this.#text !== undefined || !isOfRunning(text)) return
    try {
      writeFileSync(this.#file, text, { flag: 'wx' })
    } catch {
      // Another one has put its own there, or nothing can be written: this server ends either way.
    }
  }
}

function isOfRunning(text: string): boolean {
  const { pid } = JSON.parse(text) as { pid: unknown }
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The text of a file; `''` for what is no file that can be read here; `undefined` where there is none. */
function contentsOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  return found.isFile() && found.size <= MAX_BYTES ? readFileSync(file, 'utf8') : ''
}

function isReadyFile(text: string): boolean {
  try {
    const found: unknown = JSON.parse(text)
    return typeof found === 'object' && found !== null && 'endpoint' in found && 'endpoints' in found && 'pid' in found
  } catch {
    return false
  }
}
