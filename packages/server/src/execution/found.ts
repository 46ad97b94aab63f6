import type { ServiceError } from '@keyhold/protocol'
import type { AwsManagedKey } from '../domain/keys/aws-managed.ts'
import type { KeyEntry } from '../identity/directory/directory.ts'

/** What looking for a key brought. Whether the caller may know is decided later. */
export type Found = {
  /** A fault in what the caller wrote, about which nobody need be asked: it tells nothing of anybody's keys. */
  isCallersOwn?: boolean
  /** An AWS managed key that is made once somebody may use it. */
  firstUse?: AwsManagedKey
  /** What the key would be called in an answer and in the audit log; absent for a ciphertext whose key is unknown. */
  arn?: string
  /** The account that owns the key, or would; absent where nobody can say. */
  ownerAccountId?: string
  /** The alias by which it was named, if it was. */
  requestAlias?: string
  /** How a denial names it. */
  hiddenAs: 'this resource' | 'the resource associated with this ciphertext'
} & ({ key: KeyEntry; missing?: undefined } | { key?: undefined; missing: ServiceError })
