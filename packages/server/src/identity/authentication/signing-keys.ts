import type { KeyObject } from 'node:crypto'
import { type CredentialScope, formatScope, Secret, signingKey } from '@keyhold/protocol'
import { intoKeyObject } from '../../crypto/secret-key.ts'
import { signingHash } from '../../crypto/hmac.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'

/** Whose signing key it is. */
interface Owner {
  accessKeyId: string
  version: number
}

/**
 * Signing keys that have verified a request, so that deriving one (four HMACs) is paid once a day for each access key,
 * region and service. Bounded: the one not used for longest goes first.
 */
export class SigningKeys {
  readonly #keys: BoundedCache<KeyObject>

  constructor(maxKeys: number) {
    this.#keys = new BoundedCache(maxKeys)
  }

  get(owner: Owner, scope: CredentialScope): KeyObject | undefined {
    return this.#keys.get(identify(owner, scope))
  }

  /** Only for a key that has just verified a signature: otherwise strangers could crowd out those in use. */
  remember(owner: Owner, scope: CredentialScope, key: KeyObject): void {
    this.#keys.set(identify(owner, scope), key)
  }
}

/** The key that signs with `secret` within `scope`. */
export function deriveSigningKey(secret: Secret, scope: CredentialScope): KeyObject {
  return intoKeyObject(Secret.of(signingKey(secret, scope, signingHash)))
}

/** No part can hold a slash: they are elements of a Credential, which slashes separate. */
function identify({ accessKeyId, version }: Owner, scope: CredentialScope): string {
  return `${accessKeyId}/${version}/${formatScope(scope)}`
}
