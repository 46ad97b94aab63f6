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

/** A root whose keys are in this process. */
export interface RootKey {
  id: string
  /** By generation, newest first. */
  keys: ReadonlyMap<number, KeyObject>
}

/** Opens a root. Takes ownership of its keys: those of `secret` are wiped. */
export function takeRootKey({ id, generation, key, older = [] }: RootSecret): RootKey {
  const generations = [{ generation, key }, ...older]
  return { id, keys: new Map(generations.map((one) => [one.generation, intoKeyObject(one.key)])) }
}

/** The root that works by `rootKey`. */
export function keyedRoot(rootKey: RootKey, random: Random): UnsealedRoot {
  return new KeyedRoot(rootKey, random)
}

/** What each open root holds. Beside the roots, so that code with a root cannot reach its keys through it. */
const held = new WeakMap<UnsealedRoot, RootKey>()

/**
 * The parts of an open root, which the caller wipes: {@link wipeRoot}. For the files of this folder alone, which write the root
 * to its ways. Throws for a destroyed root.
 */
export function rootSecretOf(root: UnsealedRoot): RootSecret {
  const { id, keys } = heldBy(root)
  const [newest, ...older] = [...keys].map(([generation, key]) => ({ generation, key: Secret.of(key.export()) }))
  if (newest === undefined) throw new Error('a root has at least one generation')
  return { id, ...newest, ...(older.length > 0 && { older }) }
}

/** Overwrites the keys of a root. */
export function wipeRoot({ key, older = [] }: RootSecret): void {
  for (const one of [key, ...older.map((generation) => generation.key)]) one.wipe()
}

/** The same root with one generation more, which wraps from now on. Both roots stay open. */
export function withNextGeneration(root: UnsealedRoot, random: Random): UnsealedRoot {
  const { id, keys } = heldBy(root)
  const next: [number, KeyObject] = [root.generation + 1, intoKeyObject(random.secret(ROOT_KEY_BYTES))]
  return keyedRoot({ id, keys: new Map([next, ...keys]) }, random)
}

/** The same root with its newest generation alone, or the one named. Both roots stay open. */
export function withNewestGeneration(
  root: UnsealedRoot,
  random: Random,
  generation: number = root.generation,
): UnsealedRoot {
  const { id, keys } = heldBy(root)
  const key = keys.get(generation)
  if (key === undefined) throw new RangeError(`the root does not hold its generation ${generation}`)
  return keyedRoot({ id, keys: new Map([[generation, key]]) }, random)
}

function heldBy(root: UnsealedRoot): RootKey {
  const rootKey = held.get(root)
  if (rootKey === undefined) throw new Error('the root of trust is sealed')
  return rootKey
}

class KeyedRoot implements UnsealedRoot {
  readonly id: string
  readonly generation: number
  readonly #random: Random

  constructor(rootKey: RootKey, random: Random) {
    this.id = rootKey.id
    this.generation = Math.max(...rootKey.keys.keys())
    this.#random = random
    held.set(this, rootKey)
  }

  get generations(): readonly number[] {
    return [...heldBy(this).keys.keys()]
  }

  async wrap(context: readonly string[], secret: Secret): Promise<Uint8Array> {
    const key = this.#key(this.generation)
    return sealDerived(key, this.#binding(this.generation, context), secret.reveal(), this.#random)
  }

  async unwrap(context: readonly string[], wrapped: Uint8Array): Promise<Secret | undefined> {
    const { keys } = heldBy(this)
    for (const [generation, key] of keys) {
      const binding = this.#binding(generation, context)
      const start = wrapped.subarray(0, binding.prefix.byteLength)
      if (equalInConstantTime(start, binding.prefix)) return openDerived(key, binding, wrapped)
    }
    return undefined
  }

  async mac(context: readonly string[], message: Uint8Array, generation = this.generation): Promise<Uint8Array> {
    return hmacSha256(this.#derived(MAC_LABEL, context, generation), message)
  }

  async ledgerKey(generation = this.generation): Promise<KeyObject> {
    return this.#derived(LEDGER_LABEL, ['ledger'], generation)
  }

  async destroy(): Promise<void> {
    held.delete(this)
  }

  #derived(label: string, context: readonly string[], generation: number): KeyObject {
    const identifiers = this.#identifiers(generation, context)
    return intoKeyObject(Secret.of(deriveKey(this.#key(generation), label, identifiers)))
  }

  #key(generation: number): KeyObject {
    const key = heldBy(this).keys.get(generation)
    if (key === undefined) throw new RangeError(`the root does not hold its generation ${generation}`)
    return key
  }

  #binding(generation: number, context: readonly string[]): SealBinding {
    const identifiers = this.#identifiers(generation, context)
    const prefix = wrapPrefix(this.id, generation)
    return { label: WRAP_LABEL, context: identifiers, prefix, additionalData: identifiers }
  }

  #identifiers(generation: number, context: readonly string[]): Uint8Array {
    return lengthPrefixed([this.id, String(generation), ...context])
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
