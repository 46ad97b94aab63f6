import { argon2 } from 'node:crypto'
import { promisify } from 'node:util'
import { Secret } from '@keyhold/protocol'

/** The cost of one argon2id (RFC 9106, section 3.1). */
export interface Argon2Cost {
  memoryKiB: number
  passes: number
  lanes: number
}

interface Argon2Input {
  salt: Uint8Array
  /** Authenticated with the password (X). */
  associatedData: Uint8Array
}

const KEY_BYTES = 32
const compute = promisify(argon2)

/** A key of 32 bytes from a password, by argon2id of RFC 9106, version 0x13. Runs on a thread of its own. */
export async function argon2id(
  password: Secret,
  { salt, associatedData }: Argon2Input,
  { memoryKiB, passes, lanes }: Argon2Cost,
): Promise<Secret> {
  const key = await compute('argon2id', {
    message: password.reveal(),
    nonce: salt,
    associatedData,
    parallelism: lanes,
    memory: memoryKiB,
    passes,
    tagLength: KEY_BYTES,
  })
  return Secret.of(key)
}
