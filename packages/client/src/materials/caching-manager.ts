import type { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../error.ts'
import { ByteWriter } from '../message/bytes.ts'
import { serializeContext } from '../message/context.ts'
import { writeEncryptedDataKeys } from '../message/encrypted-data-keys.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { copyOf } from '../secret-copy.ts'
import { SecretCache } from './cache.ts'
import type { CacheLimits, CacheStats, CacheTime, DataKeyCache } from './cache.ts'
import type { DecryptionRequest, EncryptionMaterials, EncryptionRequest, MaterialsManager } from './manager.ts'

const DEFAULT_MAX_ENTRIES = 1000

interface EncryptionEntry extends EncryptionMaterials {
  messagesLeft: number
  bytesLeft: number
}

/**
 * Remembers the data keys that another manager obtained. Specification, "Caching CMM": every message still has a key of
 * its own, derived from the data key and its message id, so only suites that derive one are cached; and encryption only
 * of what is known not to exceed a length, so that the limit of bytes can be held to.
 */
export class CachingManager implements MaterialsManager, DataKeyCache {
  readonly #inner: MaterialsManager
  readonly #limits: CacheLimits
  readonly #encryption: SecretCache<EncryptionEntry>
  readonly #decryption: SecretCache<{ dataKey: Secret }>
  #callsSaved = 0
  #callsMade = 0

  /** @throws EnvelopeError INVALID_ARGUMENT for limits that are not positive numbers. */
  constructor(inner: MaterialsManager, limits: CacheLimits, time: CacheTime) {
    const { maxAgeMs, maxEntries = DEFAULT_MAX_ENTRIES } = limits
    requireLimits({ ...limits, maxEntries })
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

  clear(): void {
    this.#encryption.clear()
    this.#decryption.clear()
  }

  async toEncrypt(request: EncryptionRequest): Promise<EncryptionMaterials> {
    const { suite, plaintextBytes } = request
    if (suite.kdfHash === undefined || plaintextBytes === undefined) return this.#fresh(request)
    const name = nameOf(suite.id, serializeContext(request.context))
    const entry = this.#encryption.get(name)
    if (entry !== undefined && entry.bytesLeft >= plaintextBytes) {
      this.#callsSaved += 1
      return this.#use(name, entry, plaintextBytes)
    }
    const materials = await this.#fresh(request)
    if (plaintextBytes > this.#limits.maxBytes) return materials
    const { maxMessages: messagesLeft, maxBytes: bytesLeft } = this.#limits
    const fresh = { ...materials, messagesLeft, bytesLeft }
    this.#encryption.put(name, fresh)
    return this.#use(name, fresh, plaintextBytes)
  }

  async toDecrypt(request: DecryptionRequest): Promise<Secret> {
    const { suite, context, encryptedDataKeys } = request
    const name = nameOf(suite.id, serializeContext(context), encryptedDataKeys)
    const entry = this.#decryption.get(name)
    if (entry !== undefined) {
      this.#callsSaved += 1
      return copyOf(entry.dataKey)
    }
    this.#callsMade += 1
    const dataKey = await this.#inner.toDecrypt(request)
    if (suite.kdfHash !== undefined) this.#decryption.put(name, { dataKey: copyOf(dataKey) })
    return dataKey
  }

  #fresh(request: EncryptionRequest): Promise<EncryptionMaterials> {
    this.#callsMade += 1
    return this.#inner.toEncrypt(request)
  }

  /** Counts the use before it happens: a message that fails has used the data key as well. */
  #use(name: string, entry: EncryptionEntry, plaintextBytes: number): EncryptionMaterials {
    const { dataKey, messagesLeft, bytesLeft, ...shared } = entry
    const materials = { ...shared, dataKey: copyOf(dataKey) }
    entry.messagesLeft = messagesLeft - 1
    entry.bytesLeft = bytesLeft - plaintextBytes
    if (entry.messagesLeft <= 0 || entry.bytesLeft <= 0) this.#encryption.delete(name)
    return materials
  }
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

function requireLimits(limits: Readonly<Record<string, unknown>>): void {
  for (const name of ['maxAgeMs', 'maxMessages', 'maxBytes', 'maxEntries']) {
    const value = limits[name]
    if (typeof value === 'number' && value >= 1) continue
    throw new EnvelopeError(
      'INVALID_ARGUMENT',
      `A cache needs a limit ${name} of at least 1, and has ${String(value)}.`,
    )
  }
}

/** The cache of an envelope that was given no limits. */
export const NO_CACHE: DataKeyCache = Object.freeze({
  stats: Object.freeze({ callsSaved: 0, callsMade: 0, entries: 0, evictions: 0 }),
  clear: () => undefined,
})
