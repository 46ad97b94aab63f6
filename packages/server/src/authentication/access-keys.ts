import type { Secret } from '@keyhold/protocol'
import type { Principal } from '../identity/caller.ts'

/** An access key as authentication needs it. */
export interface AccessKey {
  secret: Secret
  principal: Principal
  /** An inactive key is answered like one that does not exist. */
  active: boolean
  /** Changes whenever the secret does, so that signing keys derived from an older one are not used again. */
  version: number
}

/** Where access keys are looked up. */
export interface AccessKeys {
  /** The key with this identifier, which is whatever a stranger sent, or `undefined`. */
  find(accessKeyId: string): Promise<AccessKey | undefined>
}
