import type { Secret } from '@keyhold/protocol'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { failed, failedWith } from '../base/attempt.ts'
import type { Attempt, Failure } from '../base/attempt.ts'
import type { Unwrapped, UnwrapRequest } from './keyring.ts'
import { wrappingKeyName } from './wrapping-key.ts'

/** Opens one encrypted data key, or says why not. What it throws counts as a failure of this one. */
export type OpenOne = (candidate: EncryptedDataKey) => Promise<Secret | Failure> | Secret | Failure

/** Tries one encrypted data key after the other until one opens, as the specification asks of every keyring. */
export async function unwrapEach(request: UnwrapRequest, open: OpenOne): Promise<Unwrapped> {
  const attempts: Attempt[] = []
  for (const candidate of request.encryptedDataKeys) {
    const result = await tryOne(request, open, candidate)
    if (!('reason' in result)) return { dataKey: result }
    attempts.push({ provider: candidate.providerId, key: wrappingKeyName(candidate), ...result })
  }
  return { attempts }
}

async function tryOne(request: UnwrapRequest, open: OpenOne, candidate: EncryptedDataKey): Promise<Secret | Failure> {
  try {
    const result = await open(candidate)
    return 'reason' in result ? result : ofRightLength(result, request.dataKeyBytes)
  } catch (error) {
    request.signal?.throwIfAborted()
    return failedWith(error)
  }
}

/** A data key of another length than the suite's is not what an honest writer wrapped. */
function ofRightLength(dataKey: Secret, dataKeyBytes: number): Secret | Failure {
  if (dataKey.byteLength === dataKeyBytes) return dataKey
  dataKey.wipe()
  return failed('the data key has the wrong length.')
}
