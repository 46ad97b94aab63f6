import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { signedCall, signedRequest } from '../signed-request.ts'
import { median } from '../statistics.ts'
import type { Target, VictimCalls } from './attack.ts'

/** How a victim fared for a while. */
export interface Experience {
  calls: number
  /** Calls that were not answered with success within {@link TIMEOUT_MS}; they count as having taken that long. */
  failed: number
  medianMs: number
  p99Ms: number
}

const USUAL: VictimCalls = {
  everyMs: 25,
  calls: [
    ['Encrypt', { Plaintext: 'aGVsbG8=' }],
    ['GenerateDataKey', { KeySpec: 'AES_256' }],
  ],
}
const TIMEOUT_MS = 5000

/**
 * An honest client that calls Encrypt and GenerateDataKey in turn unless told otherwise, at a steady pace whether or not earlier calls are
 * answered: a server that stops for a second is felt by every call of that second. Each call opens a connection of its
 * own, as clients do that have just been started.
 */
export class Victim {
  readonly #target: Target
  readonly #keyId: string
  readonly #calls: VictimCalls

  private constructor(target: Target, keyId: string, calls: VictimCalls) {
    this.#target = target
    this.#keyId = keyId
    this.#calls = calls
  }

  /** Makes its key. */
  static async of(target: Target, calls: VictimCalls = USUAL): Promise<Victim> {
    const { KeyMetadata } = await signedCall(target.port, 'CreateKey', {}, target.administrator)
    return new Victim(target, (KeyMetadata as { KeyId: string }).KeyId, calls)
  }

  async calls(durationMs: number): Promise<Experience> {
    const { everyMs } = this.#calls
    const requests = this.#calls.calls.map(([operation, input]) => this.#signed(operation, input))
    const calls: Promise<number | undefined>[] = []
    const startMs = performance.now()
    for (let dueMs = startMs; dueMs < startMs + durationMs; dueMs += everyMs) {
      await sleep(Math.max(0, dueMs - performance.now()))
      calls.push(latencyMs(this.#target.port, requests[calls.length % requests.length]!))
    }
    return experience(await Promise.all(calls))
  }

  #signed(operation: string, input: object): Uint8Array {
    const { port, administrator } = this.#target
    return signedRequest(port, operation, { KeyId: this.#keyId, ...input }, administrator)
  }
}

function experience(latencies: readonly (number | undefined)[]): Experience {
  const sorted = latencies.map((ms) => ms ?? TIMEOUT_MS).toSorted((a, b) => a - b)
  return {
    calls: latencies.length,
    failed: latencies.filter((ms) => ms === undefined).length,
    medianMs: median(sorted),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  }
}

/** From the opening of a connection to the first bytes of a successful answer; `undefined` when there is none. */
function latencyMs(port: number, request: Uint8Array): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>()
  const startMs = performance.now()
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const timeout = setTimeout(() => socket.destroy(), TIMEOUT_MS)
  socket.on('connect', () => socket.write(request))
  socket.once('data', (answer) => {
    resolve(answer.toString('latin1', 0, 12) === 'HTTP/1.1 200' ? performance.now() - startMs : undefined)
    socket.destroy()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    clearTimeout(timeout)
    resolve(undefined)
  })
  return promise
}
