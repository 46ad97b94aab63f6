import type { Secret } from '@keyhold/protocol'
import type { Caller } from '../accounts/caller.ts'

/** An access key as authentication needs it. */
export interface AccessKey {
  secret: Secret
  /** Who it stands for. */
  owner: Pick<Caller, 'principal' | 'identityId' | 'session' | 'accessKeyEpoch'>
  /** An inactive key is answered like one that does not exist. */
  active: boolean
  /** Changes whenever the secret does, so that signing keys derived from an older one are not used again. */
  version: number
}

/** Where access keys are looked up. */
export interface AccessKeys {
  /**
   * The key with this identifier and, for temporary credentials, this session token: both are whatever a stranger
   * sent. `undefined` also where the two do not belong together.
   */
  find(accessKeyId: string, sessionToken: string | undefined): Promise<AccessKey | undefined>
}
