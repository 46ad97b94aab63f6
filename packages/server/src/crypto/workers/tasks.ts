import { digestSignatures } from '../asymmetric/digest-signatures.ts'
import { decryptOaep } from '../asymmetric/oaep.ts'
import { rsaKeyFromImported } from '../import/rsa-key.ts'
import { unwrapMaterial } from '../import/unwrap.ts'

/**
 * Everything that a worker can do. Each task takes one object of KeyObjects, bytes, strings and numbers. Its bytes are
 * wiped when the task ends. Bytes in the output are transferred, never shared.
 *
 * Only workers load this file: it loads noble, which the main thread does not need.
 */
export const TASKS = Object.freeze({
  signDigest: digestSignatures.sign,
  verifyDigest: digestSignatures.verify,
  decryptOaep,
  unwrapMaterial,
  rsaKeyFromImported,
})

/** The name of a task of {@link TASKS}. */
export type TaskName = keyof typeof TASKS
/** The input of the task `N`. */
export type TaskInput<N extends TaskName> = Parameters<(typeof TASKS)[N]>[0]
/** The output of the task `N`. */
export type TaskOutput<N extends TaskName> = ReturnType<(typeof TASKS)[N]>
