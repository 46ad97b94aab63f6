import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { openDerived, sealDerived } from '../../crypto/derived-seal.ts'
import type { SealBinding } from '../../crypto/derived-seal.ts'
import { hmacSha256 } from '../../crypto/hmac.ts'
import { deriveKey } from '../../crypto/kdf.ts'
import { lengthPrefixed } from '../../crypto/length-prefixed.ts'
import { intoKeyObject } from '../../crypto/secret-key.ts'
import type { Random } from '../../platform/random.ts'
import type { RootSecret, UnsealedRoot } from './root.ts'

/** The length of a root key. */
export const ROOT_KEY_BYTES = 32
const WRAP_LABEL = 'keyhold/root/wrap'
const MAC_LABEL = 'keyhold/root/mac'
const LEDGER_LABEL = 'keyhold/root/ledger'
const WRAP_VERSION = 1

/** Generates a new root. */
export function freshRoot(random: Random): RootSecret {
  return { id: random.uuid(), generation: 1, key: random.secret(ROOT_KEY_BYTES) }
}

/** A root whose key is in this process. */
export interface RootKey {
  id: string
  generation: number
  key: KeyObject
}

/** Opens a root. Takes ownership of the key: `secret.key` is wiped. */
export function takeRootKey({ id, generation, key }: RootSecret): RootKey {
  return { id, generation, key: intoKeyObject(key) }
}

/** The root that works by `rootKey`. */
export function keyedRoot(rootKey: RootKey, random: Random): UnsealedRoot {
  return new KeyedRoot(rootKey, random)
}

class KeyedRoot implements UnsealedRoot {
  readonly id: string
  readonly generation: number
  readonly #random: Random
  readonly #prefix: Uint8Array
  #key: KeyObject | undefined

  constructor({ id, generation, key }: RootKey, random: Random) {
    this.id = id
    this.generation = generation
    this.#random = random
    this.#prefix = wrapPrefix(id, generation)
    this.#key = key
  }

  async wrap(context: readonly string[], secret: Secret): Promise<Uint8Array> {
    return sealDerived(this.#open(), this.#binding(context), secret.reveal(), this.#random)
  }

  async unwrap(context: readonly string[], wrapped: Uint8Array): Promise<Secret | undefined> {
    const key = this.#open()
    if (!equalInConstantTime(wrapped.subarray(0, this.#prefix.byteLength), this.#prefix)) return undefined
    return openDerived(key, this.#binding(context), wrapped)
  }

  async mac(context: readonly string[], message: Uint8Array): Promise<Uint8Array> {
    const key = intoKeyObject(Secret.of(deriveKey(this.#open(), MAC_LABEL, this.#identifiers(context))))
    return hmacSha256(key, message)
  }

  async ledgerKey(): Promise<KeyObject> {
    return intoKeyObject(Secret.of(deriveKey(this.#open(), LEDGER_LABEL, this.#identifiers(['ledger']))))
  }

  async destroy(): Promise<void> {
    this.#key = undefined
  }

  #open(): KeyObject {
    if (this.#key === undefined) throw new Error('the root of trust is sealed')
    return this.#key
  }

  #binding(context: readonly string[]): SealBinding {
    const identifiers = this.#identifiers(context)
    return { label: WRAP_LABEL, context: identifiers, prefix: this.#prefix, additionalData: identifiers }
  }

  #identifiers(context: readonly string[]): Uint8Array {
    return lengthPrefixed([this.id, String(this.generation), ...context])
  }
}

/** Version, root id and generation, which tell the right root if a wrong one was opened. */
function wrapPrefix(id: string, generation: number): Uint8Array {
  const prefix = Buffer.alloc(21)
  prefix[0] = WRAP_VERSION
  prefix.write(id.replaceAll('-', ''), 1, 'hex')
  prefix.writeUInt32BE(generation, 17)
  return prefix
}
