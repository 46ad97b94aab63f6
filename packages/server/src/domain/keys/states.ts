import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyState } from './record.ts'

/** What an operation answers in a state that it refuses, given the key's ARN. */
type Refusal = (arn: string) => ServiceError

const invalid =
  (what: string): Refusal =>
  (arn) =>
    serviceError('KMSInvalidStateException', `${arn} is ${what}.`)

const disabled: Refusal = (arn) => serviceError('DisabledException', `${arn} is disabled.`)
const pendingDeletion = invalid('pending deletion')
const notPendingDeletion = invalid('not pending deletion')
const pendingImport = invalid('pending import')
const unavailable = invalid('unavailable')
const creating = invalid('creating')
const updating = invalid('updating')

/** How one family of operations treats each state: what is not listed is allowed. */
export type StateRule = Readonly<Partial<Record<KeyState, Refusal>>>

const PENDING_DELETION: StateRule = { PendingDeletion: pendingDeletion, PendingReplicaDeletion: pendingDeletion }

/**
 * State × operation, by family. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", its table; where the
 * table leaves two codes open for pending deletion, the recorded KMSInvalidStateException is the one used.
 */
export const STATE_RULES = Object.freeze({
  /** Every cryptographic operation, UpdatePrimaryRegion: a key in use must be enabled. */
  use: {
    ...PENDING_DELETION,
    Disabled: disabled,
    PendingImport: pendingImport,
    Unavailable: unavailable,
    Creating: creating,
  },
  /** GetPublicKey. A key that cannot be used can still be known. */
  publicKey: { ...PENDING_DELETION, Unavailable: unavailable, Creating: creating },
  /** DescribeKey, GetKeyPolicy, PutKeyPolicy, the lists, DeleteAlias, UpdateAlias's present key: every state. */
  any: {},
  /** ReplicateKey. */
  replicate: {
    ...PENDING_DELETION,
    Disabled: disabled,
    PendingImport: pendingImport,
    Unavailable: unavailable,
    Creating: creating,
    Updating: updating,
  },
  /** EnableKey, DisableKey. In Unavailable they succeed and the state stays. */
  enablement: { ...PENDING_DELETION, PendingImport: pendingImport, Creating: creating, Updating: updating },
  /** CreateAlias, UpdateAlias's new key, TagResource, UntagResource, UpdateKeyDescription. */
  alter: PENDING_DELETION,
  /** CreateGrant. */
  grant: { ...PENDING_DELETION, Disabled: disabled, PendingImport: pendingImport, Creating: creating },
  /** GetParametersForImport. */
  importParameters: { ...PENDING_DELETION, Creating: creating, Updating: updating },
  /** ImportKeyMaterial. */
  importMaterial: { ...PENDING_DELETION, Creating: creating },
  /** DeleteImportedKeyMaterial. A key that is to be deleted stays so. */
  deleteMaterial: { Creating: creating, Updating: updating },
  /** EnableKeyRotation, DisableKeyRotation. A key that waits for an import is told that its origin is the reason. */
  rotation: { ...PENDING_DELETION, Disabled: disabled, Creating: creating },
  rotateOnDemand: { ...PENDING_DELETION, Disabled: disabled, PendingImport: pendingImport, Creating: creating },
  scheduleDeletion: { ...PENDING_DELETION, Updating: updating },
  cancelDeletion: {
    Enabled: notPendingDeletion,
    Disabled: notPendingDeletion,
    PendingImport: notPendingDeletion,
    Unavailable: notPendingDeletion,
    Creating: notPendingDeletion,
    Updating: notPendingDeletion,
  },
} satisfies Record<string, StateRule>)

/** The error of an operation under `rule` for a key in `state`, or `undefined` where the state allows it. */
export function stateRefusal(rule: StateRule, state: KeyState, arn: string): ServiceError | undefined {
  return rule[state]?.(arn)
}
