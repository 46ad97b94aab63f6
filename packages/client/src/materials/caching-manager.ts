import type { Secret } from '@keyhold/protocol'
import { requireOptions } from '../base/arguments.ts'
import { ByteWriter, copyOf } from '../base/bytes.ts'
import { serializeContext } from '../message/context.ts'
import { writeEncryptedDataKeys } from '../message/encrypted-data-keys.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { CACHE_SHAPE, SecretCache } from './cache.ts'
import type { CacheLimits, CacheStats, CacheTime, DataKeyCache } from './cache.ts'
import { Flight } from './flight.ts'
import type { DecryptionRequest, EncryptionMaterials, EncryptionRequest, MaterialsManager } from './manager.ts'

const DEFAULT_MAX_ENTRIES = 1000

/** How much a data key may still serve. */
interface Allowance {
  messagesLeft: number
  bytesLeft: number
}

interface EncryptionEntry extends EncryptionMaterials, Allowance {}

/** A data key that has been asked for. The callers that wait for it have been counted already. */
interface PendingEncryption extends Allowance {
  flight: Flight<EncryptionMaterials>
}

/**
 * Remembers the data keys that another manager obtained. Specification, "Caching CMM": every message still has a key of
 * its own, derived from the data key and its message id, so only suites that derive one are cached; and encryption only
 * of what is known not to exceed a length, so that the limit of bytes can be held to. What is being asked for is not asked
 * for a second time meanwhile.
 */
export class CachingManager implements MaterialsManager, DataKeyCache {
  readonly #inner: MaterialsManager
  readonly #limits: CacheLimits
  readonly #encryption: SecretCache<EncryptionEntry>
  readonly #decryption: SecretCache<{ dataKey: Secret }>
  readonly #encryptionFlights = new Map<string, PendingEncryption>()
  readonly #decryptionFlights = new Map<string, Flight<Secret>>()
  #callsSaved = 0
  #callsMade = 0

  /** @throws EnvelopeError INVALID_ARGUMENT for limits that are not positive numbers. */
  constructor(inner: MaterialsManager, limits: CacheLimits, time: CacheTime) {
    requireOptions(limits, 'cache', CACHE_SHAPE)
    const { maxAgeMs, maxEntries = DEFAULT_MAX_ENTRIES } = limits
    this.#inner = inner
    this.#limits = limits
    this.#encryption = new SecretCache(maxAgeMs, maxEntries, time)
    this.#decryption = new SecretCache(maxAgeMs, maxEntries, time)
  }

  get stats(): CacheStats {
    return {
      callsSaved: this.#callsSaved,
      callsMade: this.#callsMade,
      entries: this.#encryption.size + this.#decryption.size,
      evictions: this.#encryption.evictions + this.#decryption.evictions,
    }
  }

  /** What is being asked for serves those who wait for it, and is not held. */
  clear(): void {
    this.#encryption.clear()
    this.#decryption.clear()
    this.#encryptionFlights.clear()
    this.#decryptionFlights.clear()
  }

  async toEncrypt(request: EncryptionRequest): Promise<EncryptionMaterials> {
    const { suite, plaintextBytes, signal } = request
    signal?.throwIfAborted()
    const isCacheable = suite.kdfHash !== undefined && plaintextBytes !== undefined
    if (!isCacheable || plaintextBytes > this.#limits.maxBytes) return this.#fresh(request)
    const name = nameOf(suite.id, serializeContext(request.context))
    const entry = this.#encryption.get(name)
    if (entry !== undefined && allows(entry, plaintextBytes)) {
      this.#callsSaved += 1
      const materials = copyOfMaterials(entry)
      use(entry, plaintextBytes)
      if (isUsedUp(entry)) this.#encryption.delete(name)
      return materials
    }
    const pending = this.#encryptionFlights.get(name)
    if (pending !== undefined && pending.flight.isOpen && allows(pending, plaintextBytes)) {
      this.#callsSaved += 1
      use(pending, plaintextBytes)
      return pending.flight.join(signal)
    }
    return this.#askToEncrypt(name, request, plaintextBytes)
  }

  async toDecrypt(request: DecryptionRequest): Promise<Secret> {
    const { suite, context, encryptedDataKeys, signal } = request
    signal?.throwIfAborted()
    if (suite.kdfHash === undefined) {
      this.#callsMade += 1
      return this.#inner.toDecrypt(request)
    }
    const name = nameOf(suite.id, serializeContext(context), encryptedDataKeys)
    const entry = this.#decryption.get(name)
    if (entry !== undefined) {
      this.#callsSaved += 1
      return copyOf(entry.dataKey)
    }
    const pending = this.#decryptionFlights.get(name)
    if (pending?.isOpen !== true) return this.#askToDecrypt(name, request)
    this.#callsSaved += 1
    return pending.join(signal).catch((error: unknown) => {
      if (!(error instanceof RefusedByMessage)) throw error
      this.#callsMade += 1
      return this.#inner.toDecrypt(request)
    })
  }

  #fresh(request: EncryptionRequest): Promise<EncryptionMaterials> {
    this.#callsMade += 1
    return this.#inner.toEncrypt(request)
  }

  #askToEncrypt(name: string, request: EncryptionRequest, plaintextBytes: number): Promise<EncryptionMaterials> {
    const { maxMessages: messagesLeft, maxBytes: bytesLeft } = this.#limits
    const flight = new Flight<EncryptionMaterials>()
    const pending: PendingEncryption = { flight, messagesLeft, bytesLeft }
    use(pending, plaintextBytes)
    this.#encryptionFlights.set(name, pending)
    const waiting = flight.join(request.signal)
    void flight.run((signal) => this.#fresh({ ...request, signal }), {
      each: copyOfMaterials,
      last: (materials) => {
        const { messagesLeft, bytesLeft } = pending
        const isHeld = takeOut(this.#encryptionFlights, name, pending) && !isUsedUp(pending)
        if (isHeld) this.#encryption.put(name, { ...materials, messagesLeft, bytesLeft })
        else materials.dataKey.wipe()
      },
      failed: (error) => {
        takeOut(this.#encryptionFlights, name, pending)
        return error
      },
    })
    return waiting
  }

  #askToDecrypt(name: string, request: DecryptionRequest): Promise<Secret> {
    const flight = new Flight<Secret>()
    this.#decryptionFlights.set(name, flight)
    this.#callsMade += 1
    const waiting = flight.join(request.signal).catch((error: unknown) => {
      throw error instanceof RefusedByMessage ? error.cause : error
    })
    const { accepts, isRefused } = observed(request.accepts)
    void flight.run((signal) => this.#inner.toDecrypt({ ...request, accepts, signal }), {
      each: copyOf,
      last: (dataKey) => {
        if (takeOut(this.#decryptionFlights, name, flight)) this.#decryption.put(name, { dataKey })
        else dataKey.wipe()
      },
      failed: (error) => {
        takeOut(this.#decryptionFlights, name, flight)
        return isRefused() ? new RefusedByMessage(error) : error
      },
    })
    return waiting
  }
}

/** Why a data key did not open, where one message had a say in it: what it declines may be another's. */
class RefusedByMessage extends Error {
  constructor(cause: unknown) {
    super('The message that asked first declined a data key', { cause })
  }
}

type Accepts = DecryptionRequest['accepts']

/** The same question, and whether any answer was no. */
function observed(accepts: Accepts): { accepts: Accepts; isRefused: () => boolean } {
  let isRefused = false
  const observing = async (dataKey: Secret): Promise<boolean> => {
    const isAccepted = await accepts!(dataKey)
    isRefused ||= !isAccepted
    return isAccepted
  }
  return { accepts: accepts && observing, isRefused: () => isRefused }
}

function allows({ messagesLeft, bytesLeft }: Allowance, plaintextBytes: number): boolean {
  return messagesLeft >= 1 && bytesLeft >= plaintextBytes
}

/** Counts a use before it happens: a message that fails has used the data key as well. */
function use(allowance: Allowance, plaintextBytes: number): void {
  allowance.messagesLeft -= 1
  allowance.bytesLeft -= plaintextBytes
}

/** A limit need not be a whole number. */
function isUsedUp({ messagesLeft, bytesLeft }: Allowance): boolean {
  return messagesLeft < 1 || bytesLeft <= 0
}

/** With a data key that the caller wipes. */
function copyOfMaterials({
  dataKey,
  encryptedDataKeys,
  context,
  signingKey,
}: EncryptionMaterials): EncryptionMaterials {
  return { dataKey: copyOf(dataKey), encryptedDataKeys, context, ...(signingKey && { signingKey }) }
}

/** Whether it was still there: a flight that was cleared, or has made way for another, leaves nothing in the cache. */
function takeOut<T>(flights: Map<string, T>, name: string, flight: T): boolean {
  return flights.get(name) === flight && flights.delete(name)
}

const decoder = new TextDecoder('latin1') // gives each byte a character of its own

/** The bytes themselves name an entry, not a hash of them as in the specification: no two caches share entries. */
function nameOf(suiteId: number, context: Uint8Array, encryptedDataKeys?: readonly EncryptedDataKey[]): string {
  const writer = new ByteWriter()
  writer.uint16(suiteId)
  writer.uint16(context.length)
  writer.bytes(context)
  if (encryptedDataKeys !== undefined) writeEncryptedDataKeys(writer, encryptedDataKeys)
  return decoder.decode(writer.written)
}

/** The cache of an envelope that was given no limits. */
export const NO_CACHE: DataKeyCache = Object.freeze({
  stats: Object.freeze({ callsSaved: 0, callsMade: 0, entries: 0, evictions: 0 }),
  clear: () => undefined,
})
