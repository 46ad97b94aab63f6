import { kms } from '@keyhold/client'
import type { KmsConnection } from '@keyhold/client'
import type { TestServer } from './server.ts'

/** Our client's connection to a server. */
export function clientOf({
  region,
  endpoint,
  credentials,
}: Pick<TestServer, 'region' | 'endpoint' | 'credentials'>): KmsConnection {
  return kms({ region, endpoint, credentials: () => Promise.resolve(credentials) })
}
