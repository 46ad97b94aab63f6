import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'

/**
 * The root of trust, open. A sealed root is only a place to look (a file's name and the id expected there); what needs
 * the root takes this type, so it cannot be called before the root was opened.
 */
export interface UnsealedRoot {
  /** A UUID, for the life of the data folder. */
  readonly id: string
  /** 1 for the first key of this root. */
  readonly generation: number
  /** Wraps `secret`; `context` is authenticated, in this order. The result names root and generation. */
  wrap(context: readonly string[], secret: Secret): Uint8Array
  /** The secret, or `undefined` when bytes, root, generation or context are not those of {@link wrap}. */
  unwrap(context: readonly string[], wrapped: Uint8Array): Secret | undefined
  /** A MAC of 32 bytes over `message`, under a key of its own for each `context`. */
  mac(context: readonly string[], message: Uint8Array): Uint8Array
  /** What the keys of the database's ledger are derived from (docs/spec/ledger.md). It outlives {@link destroy}. */
  ledgerKey(): KeyObject
  /** Forgets the key. Every later call throws. */
  destroy(): void
}

/** What a root consists of, as it stands in a root file. */
export interface RootSecret {
  id: string
  generation: number
  /** 32 bytes. */
  key: Secret
}
