import { RootError, type RootErrorCode } from '../root-error.ts'
import { TpmError, type TpmFault } from './tpm-error.ts'

interface Explained {
  code: RootErrorCode
  message(detail: string): string
}

const ELSE = 'Open the root by another way, then remove this one and add the TPM again.'

/** What each fault means to an operator, and what to do. */
const FAULTS: Readonly<Record<TpmFault, Explained>> = {
  'tools-missing': {
    code: 'unreachable',
    message: () => 'The TPM is reached by tpm2-tools, which are not installed. Install the package tpm2-tools.',
  },
  unreachable: {
    code: 'unreachable',
    message: () =>
      'No TPM answers. Look whether the machine has /dev/tpmrm0 and this user may open it (group tss), or name another with TPM2TOOLS_TCTI.',
  },
  another: { code: 'foreign', message: () => `The TPM is another one than that which sealed the way. ${ELSE}` },
  cleared: {
    code: 'foreign',
    message: () => `The TPM was cleared since it sealed the way, which destroyed it. ${ELSE}`,
  },
  replaced: {
    code: 'foreign',
    message: () => `The TPM is another one, or was cleared since it sealed the way. ${ELSE}`,
  },
  'pcr-changed': {
    code: 'wrong',
    message: (detail) =>
      `The TPM's registers ${detail} have other values than when it sealed the way: firmware, its settings or what was started changed. If you changed them, open the root by another way, then remove this one and add the TPM again. If not, find out who did.`,
  },
  damaged: {
    code: 'damaged',
    message: (detail) =>
      `The TPM does not open what the way's file has (${detail}): the file is damaged or of another way. Restore it from a backup.`,
  },
  owner: {
    code: 'unsupported',
    message: () =>
      'The owner hierarchy of the TPM has a password, which Keyhold does not have. Remove it, or use another way.',
  },
  failed: { code: 'unreachable', message: (detail) => `The TPM or its tools failed: ${detail}. Nothing was changed.` },
  timeout: {
    code: 'unreachable',
    message: (detail) => `The TPM did not answer in time${detail}. Nothing was changed.`,
  },
}

/** The error of a way by a TPM. Anything but a TpmError is returned as it is. */
export function tpmRootError(error: unknown, timeoutMs: number): unknown {
  if (!(error instanceof TpmError)) return error
  const { code, message } = FAULTS[error.fault]
  const detail = error.fault === 'timeout' ? ` (${timeoutMs / 1000} seconds)` : error.message
  return new RootError(code, message(detail), { cause: error })
}
