import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { openDerived, sealDerived } from '../../crypto/derived-seal.ts'
import type { SealBinding } from '../../crypto/derived-seal.ts'
import { hmacSha256 } from '../../crypto/hmac.ts'
import { deriveKey } from '../../crypto/kdf.ts'
import { lengthPrefixed } from '../../crypto/length-prefixed.ts'
import { intoKeyObject } from '../../crypto/secret-key.ts'
import type { Random } from '../../platform/random.ts'
import type { TableName } from '../storage/table-name.ts'
import type { Purpose } from './sealing.ts'

/** The version of the sealed format, its first byte. */
const SEALED_VERSION = Uint8Array.of(1)

/** A domain key as it is handed to another thread of this process. */
export interface PortableDomainKey {
  domain: string
  generation: number
  key: KeyObject
}

/**
 * One generation of one domain's key. It never encrypts or authenticates directly: each use derives a key of its own.
 */
export class DomainKey {
  readonly domain: string
  readonly generation: number
  readonly #key: KeyObject
  readonly #macKeys = new Map<TableName, KeyObject>()

  constructor({ domain, generation, key }: PortableDomainKey) {
    this.domain = domain
    this.generation = generation
    this.#key = key
  }

  get portable(): PortableDomainKey {
    return { domain: this.domain, generation: this.generation, key: this.#key }
  }

  seal(purpose: Purpose, context: readonly string[], secret: Secret, random: Random): Uint8Array {
    return sealDerived(this.#key, this.#binding(purpose, context), secret.reveal(), random)
  }

  /** Returns the secret, or `undefined` if anything differs from the seal. */
  unseal(purpose: Purpose, context: readonly string[], bytes: Uint8Array): Secret | undefined {
    if (bytes[0] !== SEALED_VERSION[0]) return undefined
    return openDerived(this.#key, this.#binding(purpose, context), bytes)
  }

  /** Returns the MAC of a row of `table`, 32 bytes. */
  rowMac(table: TableName, message: Uint8Array): Uint8Array {
    return hmacSha256(this.#macKeys.get(table) ?? this.#deriveMacKey(table), message)
  }

  #deriveMacKey(table: TableName): KeyObject {
    const key = intoKeyObject(Secret.of(deriveKey(this.#key, labelOf('row-mac'), this.#identifiers([table]))))
    this.#macKeys.set(table, key)
    return key
  }

  #binding(purpose: Purpose, context: readonly string[]): SealBinding {
    const identifiers = this.#identifiers(context)
    return { label: labelOf(purpose), context: identifiers, prefix: SEALED_VERSION, additionalData: identifiers }
  }

  #identifiers(context: readonly string[]): Uint8Array {
    return lengthPrefixed([this.domain, String(this.generation), ...context])
  }
}

function labelOf(purpose: Purpose | 'row-mac'): string {
  return `keyhold/${purpose}`
}
