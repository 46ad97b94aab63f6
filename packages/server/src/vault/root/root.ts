import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'

/**
 * One way to the root of trust, sealed: a place to look, such as a file's name. It wraps and unwraps nothing; only the
 * {@link UnsealedRoot} that it opens does. A data folder may have several, each of them enough: they lead to one root, and
 * what was wrapped by way of one is unwrapped by way of every other.
 */
export interface RootProvider {
  /** What and where it is, for logs and operators: `root file /etc/keyhold.root`. Nothing secret. */
  readonly description: string
  /** The way that this is; absent where the provider has the root itself. */
  readonly wayId?: string
  /**
   * Opens the root, which must be the one with `expectedId`. Each call gives a root of its own, which its caller destroys.
   * Rejects with RootError, and leaves nothing secret in memory then. Never makes a root, and changes nothing: a crash at any
   * moment leaves everything as it was.
   */
  unseal(expectedId: string): Promise<UnsealedRoot>
}

/**
 * The root of trust, open. What needs the root takes this type, so it cannot be called before the root was opened. Its key may
 * be elsewhere, as in an HSM: each call may take as long as a network does, and rejects when what holds the key is out of
 * reach. Nothing is kept between calls, so that a crash loses nothing.
 */
export interface UnsealedRoot {
  /** A UUID that never changes during the life of the data folder. */
  readonly id: string
  /** The newest of {@link generations}, which wraps; 1 for the first key of this root. */
  readonly generation: number
  /** All that this root holds, newest first: several only while it is rotated. */
  readonly generations: readonly number[]
  /** Wraps `secret`, which stays the caller's; `context` is authenticated, in this order. The result names root and generation. */
  wrap(context: readonly string[], secret: Secret): Promise<Uint8Array>
  /**
   * Returns the secret, or `undefined` if bytes, root or context differ from those of {@link wrap}, or if this root does not
   * hold the generation that the bytes name.
   */
  unwrap(context: readonly string[], wrapped: Uint8Array): Promise<Secret | undefined>
  /**
   * A MAC of 32 bytes over `message`, with a separate key for each `context`, by the newest generation or the one named.
   * Rejects with RangeError when this root does not hold that.
   */
  mac(context: readonly string[], message: Uint8Array, generation?: number): Promise<Uint8Array>
  /**
   * The key that the keys of the database's ledger are derived from (docs/spec/ledger.md), of the newest generation or the
   * one named. It stays valid after {@link destroy}. Rejects as {@link mac} does.
   */
  ledgerKey(generation?: number): Promise<KeyObject>
  /** Forgets the key. Every later call but this one rejects. */
  destroy(): Promise<void>
}

/** One generation of a root's key. */
export interface RootGeneration {
  generation: number
  /** 32 bytes. */
  key: Secret
}

/** The parts of a root, as its text has them: the newest generation, and those before it while it is rotated. */
export interface RootSecret extends RootGeneration {
  id: string
  /** Newest first. */
  older?: readonly RootGeneration[]
}
