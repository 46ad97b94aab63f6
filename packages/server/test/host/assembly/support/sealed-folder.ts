import type { Seal, ClosableFolder, SealOptions } from '../../../../src/host/assembly/seal.ts'
import type { Handle } from '../../../../src/host/http/exchange.ts'
import type { RawRequest } from '../../../../src/identity/authentication/raw-request.ts'
import { RootError, type RootErrorCode } from '../../../../src/vault/root/root-error.ts'
import { manualClock } from '../../../support/manual-clock.ts'
import { silentLogger } from '../../../support/silent-logger.ts'

const REQUEST = { method: 'POST', path: '/', query: '', headers: new Map(), body: new Uint8Array(), requestId: 'id' }
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A folder that is opened and closed as a test says, and what happened to it. */
export class Folder {
  readonly clock = manualClock(Date.UTC(2026, 0, 1))
  readonly happened: string[] = []
  /** What opening fails with. */
  failure: Error | undefined
  recordFails = false
  closeFails = false
  /** What closing waits for. */
  beforeClose: Promise<void> = Promise.resolve()
  /** What opening waits for. */
  before: Promise<void> = Promise.resolve()
  handle: Handle = async () => answerOf('answered')

  readonly options: SealOptions = {
    open: (_, unsealing) => this.#open(unsealing?.given),
    record: async () => {
      this.happened.push('record')
      if (this.recordFails) throw new Error('the disk is full')
    },
    forget: async () => void this.happened.push('forget'),
    routes: ['POST /'],
    clock: this.clock,
    logger: silentLogger,
  }

  outOfReach(code: RootErrorCode = 'missing'): this {
    this.failure = new RootError(code, 'The root cannot be opened.')
    return this
  }

  async #open(given?: string): Promise<ClosableFolder> {
    this.happened.push(given === undefined ? 'open' : `unseal by ${given}`)
    await this.before
    if (this.failure) throw this.failure
    const routes = new Map([['POST /', (request: RawRequest) => this.handle(request)]])
    const close = async (): Promise<void> => {
      this.happened.push('close')
      await this.beforeClose
      if (this.closeFails) throw new Error('the disk is full')
    }
    return { working: { routes }, close } as unknown as ClosableFolder
  }
}

export function answerOf(text: string): Awaited<ReturnType<Handle>> & { isWiped?: boolean } {
  const answer = { status: 200, body: { bytes: Buffer.from(text), wipe: () => void bytes.fill(0) } }
  const { bytes } = answer.body
  return answer
}

export async function ask(seal: Seal): Promise<string> {
  const answer = await seal.routes.get('POST /')?.(REQUEST as unknown as RawRequest)
  return answer?.status === 200 ? Buffer.from(answer.body.bytes).toString() : String(answer?.status)
}
