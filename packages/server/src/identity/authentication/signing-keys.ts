import type { KeyObject } from 'node:crypto'
import { type CredentialScope, formatScope, Secret, signingKey } from '@keyhold/protocol'
import { intoKeyObject } from '../../crypto/secret-key.ts'
import { signingHash } from '../../crypto/hmac.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'

/** The access key that a signing key belongs to. */
interface Owner {
  accessKeyId: string
  version: number
}

/**
 * Caches signing keys that have verified a request, so that a key is derived (four HMACs) once a day for each access
 * key, Region and service. When the cache is full, the least recently used key is removed.
 */
export class SigningKeys {
  readonly #keys: BoundedCache<KeyObject>

  constructor(maxKeys: number) {
    this.#keys = new BoundedCache(maxKeys)
  }

  get(owner: Owner, scope: CredentialScope): KeyObject | undefined {
    return this.#keys.get(identify(owner, scope))
  }

  /**
   * Call it only with a key that has just verified a signature. Otherwise unauthenticated callers could displace the
   * keys in use.
   */
  remember(owner: Owner, scope: CredentialScope, key: KeyObject): void {
    this.#keys.set(identify(owner, scope), key)
  }
}

/** Derives the key that signs with `secret` within `scope`. */
export function deriveSigningKey(secret: Secret, scope: CredentialScope): KeyObject {
  return intoKeyObject(Secret.of(signingKey(secret, scope, signingHash)))
}

/** No part can contain a slash: they are elements of a Credential, which slashes separate. */
function identify({ accessKeyId, version }: Owner, scope: CredentialScope): string {
  return `${accessKeyId}/${version}/${formatScope(scope)}`
}
