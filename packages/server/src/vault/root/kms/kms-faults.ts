import { RootError, type RootErrorCode } from '../root-error.ts'
import { KmsError, type KmsFault } from './kms-error.ts'

/** What a message names. */
export interface KmsKeyPlace {
  keyId: string
  endpoint: string
}

interface Explained {
  code: RootErrorCode
  message(place: KmsKeyPlace, detail: string): string
}

/** What each fault means to an operator, and what to do. */
const FAULTS: Readonly<Record<KmsFault, Explained>> = {
  'no-credentials': {
    code: 'wanting',
    message: ({ endpoint }, detail) => `There is no access key to call ${endpoint} with: ${detail}`,
  },
  'refused-credentials': {
    code: 'permissions',
    message: ({ endpoint }, detail) => `${endpoint} does not accept the access key (${detail}). Give a valid one.`,
  },
  clock: {
    code: 'unreachable',
    message: ({ endpoint }, detail) =>
      `The clocks of this machine and of ${endpoint} differ by too much (${detail}). Set them.`,
  },
  denied: {
    code: 'permissions',
    message: ({ keyId, endpoint }, detail) =>
      `${endpoint} denies the use of ${keyId} (${detail}). Its policy must allow kms:Encrypt to add the way, and kms:Decrypt to open it.`,
  },
  missing: {
    code: 'missing',
    message: ({ keyId, endpoint }) =>
      `${endpoint} has no key ${keyId}. If it was deleted, nothing opens this way any more.`,
  },
  disabled: {
    code: 'unreachable',
    message: ({ keyId, endpoint }) => `The key ${keyId} at ${endpoint} is disabled. Enable it.`,
  },
  'pending-deletion': {
    code: 'unreachable',
    message: ({ keyId, endpoint }) =>
      `The key ${keyId} at ${endpoint} IS TO BE DELETED. Cancel its deletion there (kms:CancelKeyDeletion) and enable it, or open the root by another way before it is gone.`,
  },
  state: {
    code: 'unreachable',
    message: ({ keyId, endpoint }, detail) =>
      `The key ${keyId} at ${endpoint} cannot be used (${detail}). It must be a symmetric key for encryption that is enabled.`,
  },
  'another-key': {
    code: 'foreign',
    message: ({ keyId, endpoint }, detail) =>
      `${endpoint} answered by another key than ${keyId}${detail && ` (${detail})`}. Look whether the endpoint is the right one.`,
  },
  damaged: {
    code: 'damaged',
    message: ({ keyId, endpoint }) =>
      `The key ${keyId} at ${endpoint} does not open what the way's file has: the file is damaged or of another way, or this is another KMS with a key of the same name. Restore the file from a backup.`,
  },
  throttled: {
    code: 'unreachable',
    message: ({ endpoint }, detail) => `${endpoint} is too busy for now (${detail}). Try again later.`,
  },
  unreachable: { code: 'unreachable', message: (_, detail) => `The KMS cannot be reached. ${detail}` },
  'no-kms': {
    code: 'unreachable',
    message: ({ endpoint }, detail) =>
      `What answers at ${endpoint} is no KMS (${detail}). Look whether the endpoint is the right one.`,
  },
  failed: { code: 'unreachable', message: ({ endpoint }, detail) => `${endpoint} failed: ${detail}` },
}

/** The error of a way by a KMS. Anything but a KmsError is returned as it is. */
export function kmsRootError(error: unknown, place: KmsKeyPlace): unknown {
  if (!(error instanceof KmsError)) return error
  const { code, message } = FAULTS[error.fault]
  return new RootError(code, message(place, error.message), { cause: error })
}
