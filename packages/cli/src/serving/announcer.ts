import type { LineOutput, RunningService, SealStatus } from '@keyhold/server'
import { printable } from '../terminal/printable.ts'
import type { ReadyFile } from './ready-file.ts'
import type { ServiceManager } from './service-manager.ts'

interface Audience {
  running: Pick<RunningService, 'endpoint' | 'endpoints' | 'seal' | 'onSeal'>
  readyFile: Pick<ReadyFile, 'write' | 'remove'> | undefined
  manager: Pick<ServiceManager, 'ready'>
  /** Gets a line for programs that wait. */
  output: LineOutput
  /** Gets the notes for people. */
  notes: LineOutput
}

/**
 * Says whether a server answers requests or is sealed, at its start and whenever that changes: to those who watch its output, to
 * programs that wait for its ready file, and to the service manager. To that a sealed server has started: it waits for a person,
 * or for something that returns, and to be started again would help with neither.
 */
export class Announcer {
  readonly #audience: Audience
  #said: 'Ready' | 'Sealed' | undefined

  constructor(audience: Audience) {
    this.#audience = audience
  }

  begin(): Promise<void> {
    const { running } = this.#audience
    running.onSeal(() => void this.#say().catch((error: unknown) => this.#failed(error)))
    return this.#say()
  }

  /** Says it to the service manager again, as after its settings were read again. */
  tellManager(): Promise<void> {
    const { manager, running } = this.#audience
    const endpoints = running.endpoints.join(' ')
    const { state, reason } = running.seal()
    return manager.ready(state === 'open' ? `Answering on ${endpoints}` : `Sealed: ${reason ?? state}`)
  }

  async #say(): Promise<void> {
    const { running, readyFile, output, notes } = this.#audience
    const status = running.seal()
    const word = wordFor(status)
    if (word === undefined || word === this.#said) return
    this.#said = word
    if (word === 'Ready') readyFile?.write(running)
    else {
      readyFile?.remove()
      note(notes, `The server is sealed, and refuses every request: ${printable(status.reason ?? '')}.`)
    }
    output.write(`${word}. ${running.endpoints.join(' ')}\n`)
    await this.tellManager()
  }

  /** At the start this ends the server. One that answers requests goes on. */
  #failed(error: unknown): void {
    const why = Error.isError(error) ? error.message : String(error)
    note(
      this.#audience.notes,
      `It cannot be announced that the server is ${this.#said ?? 'changed'}: ${printable(why)}`,
    )
  }
}

/** Nothing for the moments between. */
function wordFor({ state }: SealStatus): 'Ready' | 'Sealed' | undefined {
  if (state === 'open') return 'Ready'
  return state === 'sealed' ? 'Sealed' : undefined
}

export function note(notes: LineOutput, text: string): void {
  notes.write(`Note: ${text}\n`)
}
