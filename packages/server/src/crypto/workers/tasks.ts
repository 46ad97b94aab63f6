import { digestSignatures } from '../asymmetric/digest-signatures.ts'
import { decryptOaep } from '../asymmetric/oaep.ts'
import { rsaKeyFromImported } from '../import/rsa-key.ts'
import { unwrapMaterial } from '../import/unwrap.ts'

/**
 * Everything a worker does, each from one object of KeyObjects, bytes, strings and numbers. The bytes are wiped when
 * the task has ended. Bytes in the output are given away, never shared.
 *
 * Only workers load this file: with it comes noble, which the main thread has no use for.
 */
export const TASKS = Object.freeze({
  signDigest: digestSignatures.sign,
  verifyDigest: digestSignatures.verify,
  decryptOaep,
  unwrapMaterial,
  rsaKeyFromImported,
})

export type TaskName = keyof typeof TASKS
export type TaskInput<N extends TaskName> = Parameters<(typeof TASKS)[N]>[0]
export type TaskOutput<N extends TaskName> = ReturnType<(typeof TASKS)[N]>
