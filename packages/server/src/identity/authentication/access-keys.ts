import type { Secret } from '@keyhold/protocol'
import type { Caller } from '../accounts/caller.ts'

/** An access key, as authentication uses it. */
export interface AccessKey {
  secret: Secret
  /** The principal that the key belongs to. */
  owner: Pick<Caller, 'principal' | 'identityId' | 'session' | 'accessKeyEpoch'>
  /** An inactive key gets the same response as one that does not exist. */
  active: boolean
  /** Changes with the secret, so that signing keys derived from an older secret are not used again. */
  version: number
}

/** Looks up access keys. */
export interface AccessKeys {
  /**
   * Returns the key with this id and, for temporary credentials, this session token. Both are unauthenticated input.
   * Returns `undefined` if there is no such key, or if the two do not belong together.
   */
  find(accessKeyId: string, sessionToken: string | undefined): Promise<AccessKey | undefined>
}
