import type { KmsConnection } from '@keyhold/client'
import { connection, type ConnectionOptions } from '../shared/connection.ts'

/** The KMS that the flags and the environment name. */
export async function keyService(flags: ConnectionOptions): Promise<KmsConnection> {
  const { kms } = await import('@keyhold/client')
  return kms(await connection(flags))
}
