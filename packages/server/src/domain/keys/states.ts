import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyState } from './record.ts'

/** Makes the error for a state in which an operation is not allowed, from the key's ARN. */
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

/** How one group of operations treats each state. States that are not listed are allowed. */
export type StateRule = Readonly<Partial<Record<KeyState, Refusal>>>

const PENDING_DELETION: StateRule = { PendingDeletion: pendingDeletion, PendingReplicaDeletion: pendingDeletion }

/**
 * State × operation, by group. Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", its table. For pending
 * deletion the table leaves two codes open; recorded responses use KMSInvalidStateException.
 */
export const STATE_RULES = Object.freeze({
  /** Cryptographic operations, UpdatePrimaryRegion. The key must be enabled. */
  use: {
    ...PENDING_DELETION,
    Disabled: disabled,
    PendingImport: pendingImport,
    Unavailable: unavailable,
    Creating: creating,
  },
  /** GetPublicKey. The public key of a disabled key can still be read. */
  publicKey: { ...PENDING_DELETION, Unavailable: unavailable, Creating: creating },
  /** DescribeKey, GetKeyPolicy, PutKeyPolicy, the lists, DeleteAlias, the current key of UpdateAlias: all states. */
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
  /** EnableKey, DisableKey. In Unavailable they succeed and leave the state unchanged. */
  enablement: { ...PENDING_DELETION, PendingImport: pendingImport, Creating: creating, Updating: updating },
  /** CreateAlias, the new key of UpdateAlias, TagResource, UntagResource, UpdateKeyDescription. */
  alter: PENDING_DELETION,
  /** CreateGrant. */
  grant: { ...PENDING_DELETION, Disabled: disabled, PendingImport: pendingImport, Creating: creating },
  /** GetParametersForImport. */
  importParameters: { ...PENDING_DELETION, Creating: creating, Updating: updating },
  /** ImportKeyMaterial. */
  importMaterial: { ...PENDING_DELETION, Creating: creating },
  /** DeleteImportedKeyMaterial. A key that is pending deletion stays so. */
  deleteMaterial: { Creating: creating, Updating: updating },
  /** EnableKeyRotation, DisableKeyRotation. For a key that is pending import, the error is about its origin instead. */
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

/** Returns the error of an operation under `rule` for a key in `state`, or `undefined` if the state allows it. */
export function stateRefusal(rule: StateRule, state: KeyState, arn: string): ServiceError | undefined {
  return rule[state]?.(arn)
}
