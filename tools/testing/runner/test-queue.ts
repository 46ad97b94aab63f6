import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A test file that a process has begun and not ended. */
export interface Taken {
  file: string
  pid: number
  sinceMs: number
}

interface Contents {
  files: readonly string[]
  processes: number
}

/**
 * Test files of which several processes take the next, each file once. It is a folder: what a process had begun when it
 * crashed can still be read there.
 */
export class TestQueue {
  readonly #folder: string
  readonly #files: readonly string[]
  readonly #processes: number

  /** Opens the queue of a folder that `create` has made. */
  constructor(folder: string) {
    this.#folder = folder
    const contents = JSON.parse(readFileSync(join(folder, 'queue.json'), 'utf8')) as Contents
    this.#files = contents.files
    this.#processes = contents.processes
  }

  /** `processes` will take from it, at most as many as there are files. */
  static create(folder: string, files: readonly string[], processes: number): TestQueue {
    mkdirSync(folder)
    writeFileSync(join(folder, 'queue.json'), JSON.stringify({ files, processes } satisfies Contents))
    return new TestQueue(folder)
  }

  /**
   * The next file, for the process of this index to run: first the one of that index, which is kept for it, then any.
   * Nothing when all have been taken.
   */
  take(processIndex: number): string | undefined {
    if (this.#claim(processIndex)) return this.#files[processIndex]
    return this.#files.find((_, index) => index >= this.#processes && this.#claim(index))
  }

  /** Says that a file which this process took has come to its end. */
  finish(file: string): void {
    writeFileSync(this.#mark(this.#files.indexOf(file), 'finished'), '')
  }

  /** Files whose end has not come. */
  taken(): Taken[] {
    const marks = new Set(readdirSync(this.#folder))
    const running = [...this.#files.entries()].filter(
      ([index]) => marks.has(`${index}.taken`) && !marks.has(`${index}.finished`),
    )
    return running.map(([index, file]) => {
      const mark = this.#mark(index, 'taken')
      return { file, pid: Number(readFileSync(mark, 'utf8')), sinceMs: statSync(mark).mtimeMs }
    })
  }

  /** Files that no process has begun. */
  waiting(): string[] {
    return this.#files.filter((_, index) => !existsSync(this.#mark(index, 'taken')))
  }

  #claim(index: number): boolean {
    try {
      writeFileSync(this.#mark(index, 'taken'), String(process.pid), { flag: 'wx' })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  }

  #mark(index: number, state: 'taken' | 'finished'): string {
    return join(this.#folder, `${index}.${state}`)
  }
}
