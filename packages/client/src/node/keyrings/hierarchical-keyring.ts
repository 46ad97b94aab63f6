import { Secret } from '@keyhold/protocol'
import type { BranchKey, BranchKeyStore } from '../../branch-keys/key-store.ts'
import { uuidBytes, uuidText } from '../../branch-keys/record.ts'
import { aFunction, aPositive, aText, either, optional, requireOptions, withMethods } from '../../base/arguments.ts'
import type { Shape } from '../../base/arguments.ts'
import { declined, failed } from '../../base/attempt.ts'
import type { Failure } from '../../base/attempt.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from '../../keyrings/keyring.ts'
import { infoAsText, type EncryptedDataKey } from '../../message/encrypted-data-keys.ts'
import { unwrapEach } from '../../keyrings/unwrap-each.ts'
import { wrapLocally } from '../../keyrings/wrap-locally.ts'
import { SecretCache, TIMERS } from '../../materials/cache.ts'
import { Flight } from '../../materials/flight.ts'
import { concat, copyOf } from '../../base/bytes.ts'
import { serializeContext } from '../../message/context.ts'
import type { EncryptionContext } from '../../message/context.ts'
import { nodeCryptography } from '../cryptography.ts'
import { counterKdf } from './counter-kdf.ts'

const PROVIDER_ID = 'aws-kms-hierarchy'
const LABEL = new TextEncoder().encode(PROVIDER_ID)
const SALT_BYTES = 16
const IV_BYTES = 12
const VERSION_BYTES = 16
const TAG_BYTES = 16
const HEAD_BYTES = SALT_BYTES + IV_BYTES + VERSION_BYTES
const DEFAULT_MAX_ENTRIES = 1000

export interface HierarchicalOptions {
  store: BranchKeyStore
  /** The branch key, or how to tell it from a message's context: for a branch key of each tenant. */
  branchKey: string | ((context: EncryptionContext) => string | Promise<string>)
  /** A branch key is opened again after this time, so that a right that was taken away is noticed. */
  maxAgeMs: number
  /** Default: 1000. */
  maxEntries?: number
}

const HIERARCHICAL_SHAPE: Shape<HierarchicalOptions> = {
  store: withMethods('a BranchKeyStore', 'activeKey', 'keyOfVersion'),
  branchKey: either('a branch key id, or a function that gives one', aText, aFunction),
  maxAgeMs: aPositive,
  maxEntries: optional(aPositive),
}

interface CachedBranchKey {
  dataKey: Secret
  version: string
}

/**
 * Wraps data keys under branch keys that a KMS has sealed, and asks it once for each branch key within an age.
 * Specification, "AWS KMS hierarchical keyring".
 */
class HierarchicalKeyring implements Keyring {
  readonly #store: BranchKeyStore
  readonly #idFor: (context: EncryptionContext) => string | Promise<string>
  readonly #cache: SecretCache<CachedBranchKey>
  readonly #flights = new Map<string, Flight<DisposableBranchKey>>()

  constructor(options: HierarchicalOptions) {
    requireOptions(options, 'hierarchical', HIERARCHICAL_SHAPE)
    const { store, branchKey, maxAgeMs, maxEntries = DEFAULT_MAX_ENTRIES } = options
    this.#store = store
    this.#idFor = typeof branchKey === 'string' ? () => branchKey : branchKey
    this.#cache = new SecretCache(maxAgeMs, maxEntries, TIMERS)
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const id = await this.#idOf(request.context)
    using branchKey = await this.#branchKey(`${id.length}:${id}`, () => this.#store.activeKey(id))
    return wrapLocally(request, nodeCryptography.randomSecret, (dataKey) =>
      wrap(dataKey, id, branchKey, request.context),
    )
  }

  async onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    const id = await this.#idOf(request.context)
    return unwrapEach(request, (candidate) => this.#unwrap(candidate, id, request.context))
  }

  async #idOf(context: EncryptionContext): Promise<string> {
    const id = await this.#idFor(context)
    aText(id, 'What hierarchical’s function branchKey returns')
    return id
  }

  async #unwrap(candidate: EncryptedDataKey, id: string, context: EncryptionContext): Promise<Secret | Failure> {
    if (candidate.providerId !== PROVIDER_ID) return declined('it is not sealed under a branch key.')
    if (infoAsText(candidate) !== id) return declined('it is not the branch key that goes with the context.')
    const wrapped = candidate.ciphertext
    if (wrapped.length <= HEAD_BYTES + TAG_BYTES) return failed('it is too short.')
    const version = uuidText(wrapped.subarray(SALT_BYTES + IV_BYTES, HEAD_BYTES))
    const cacheName = `${id.length}:${id}:${version}`
    using branchKey = await this.#branchKey(cacheName, () => this.#store.keyOfVersion(id, version))
    return (await unwrap(wrapped, id, branchKey, context)) ?? failed('the branch key does not open it.')
  }

  /** A copy, since the cache may wipe its own at any time. What is being asked for is not asked for a second time. */
  async #branchKey(cacheName: string, ask: () => Promise<BranchKey>): Promise<DisposableBranchKey> {
    const cached = this.#cache.get(cacheName)
    if (cached !== undefined) return disposable(cached)
    const pending = this.#flights.get(cacheName)
    if (pending !== undefined) return pending.join(undefined)
    const flight = new Flight<DisposableBranchKey>()
    this.#flights.set(cacheName, flight)
    const waiting = flight.join(undefined)
    void flight.run(ask, {
      each: disposable,
      last: (asked) => {
        this.#flights.delete(cacheName)
        this.#cache.put(cacheName, asked)
      },
      failed: (error) => {
        this.#flights.delete(cacheName)
        return error
      },
    })
    return waiting
  }
}

type DisposableBranchKey = CachedBranchKey & Disposable

function disposable({ dataKey, version }: CachedBranchKey): DisposableBranchKey {
  const copy = copyOf(dataKey)
  return { dataKey: copy, version, [Symbol.dispose]: () => copy.wipe() }
}

async function wrap(
  dataKey: Secret,
  id: string,
  branchKey: CachedBranchKey,
  context: EncryptionContext,
): Promise<EncryptedDataKey> {
  const salt = nodeCryptography.nonce(SALT_BYTES)
  const iv = nodeCryptography.nonce(IV_BYTES)
  const version = uuidBytes(branchKey.version)
  using key = wrappingKey(branchKey, salt)
  const cipher = await nodeCryptography.aesGcm(key.reveal())
  const aad = aadOf(id, version, context)
  const [sealed] = await cipher.seal([{ iv, aad, plaintext: dataKey.reveal() }])
  const ciphertext = concat([salt, iv, version, sealed!.ciphertext, sealed!.tag])
  return { providerId: PROVIDER_ID, providerInfo: Buffer.from(id), ciphertext }
}

async function unwrap(
  wrapped: Uint8Array,
  id: string,
  branchKey: CachedBranchKey,
  context: EncryptionContext,
): Promise<Secret | undefined> {
  using key = wrappingKey(branchKey, wrapped.subarray(0, SALT_BYTES))
  const cipher = await nodeCryptography.aesGcm(key.reveal())
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES)
  const aad = aadOf(id, wrapped.subarray(SALT_BYTES + IV_BYTES, HEAD_BYTES), context)
  const ciphertext = wrapped.subarray(HEAD_BYTES, -TAG_BYTES)
  const opened = await cipher.open([{ iv, aad, ciphertext, tag: wrapped.subarray(-TAG_BYTES) }])
  return opened && Secret.of(opened[0]!)
}

function wrappingKey({ dataKey }: CachedBranchKey, salt: Uint8Array): Secret {
  return counterKdf({ hash: 'sha256', secret: dataKey.reveal(), label: LABEL, context: salt, length: 32 })
}

/** Specification, "Branch key wrapping and unwrapping AAD". */
function aadOf(id: string, version: Uint8Array, context: EncryptionContext): Uint8Array {
  return concat([LABEL, Buffer.from(id), version, serializeContext(context)])
}

/** @throws EnvelopeError INVALID_ARGUMENT for an age that is not positive. */
export function hierarchical(options: HierarchicalOptions): Keyring {
  return new HierarchicalKeyring(options)
}
