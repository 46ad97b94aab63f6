import { type ServiceError, Secret, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../domain/policy/grant-record.ts'
import { IntegrityError, type Sealing } from '../vault/hierarchy/sealing.ts'
import { type GrantName, grantTable } from '../vault/records/grant.ts'
import { bytesOfBase64 } from '../platform/base64.ts'
import type { Services } from './services.ts'

const FORMAT = /^[A-Za-z0-9+/]{32,1024}={0,2}$/
const GENERATION_BYTES = 4

/**
 * Returns a grant token: a sealed reference to a grant in one Region. It is not secret and gives no permission by
 * itself: it only makes the service read the grant from the store, which can be ahead of this process.
 */
export async function sealGrantToken(grant: GrantName, hierarchy: Sealing): Promise<string> {
  const { region } = grant
  using reference = Secret.of(Buffer.from(grantTable.id(grant)))
  const { generation, bytes } = await hierarchy.seal(region, 'grant-token', [region], reference)
  const head = Buffer.alloc(GENERATION_BYTES)
  head.writeUInt32BE(generation)
  return Buffer.concat([head, bytes]).toString('base64')
}

/**
 * Returns the current grants of tokens. A revoked or retired grant no longer exists, and its token allows nothing.
 * Throws InvalidGrantTokenException for a text that was not issued in this Region.
 */
export async function grantsOfTokens(
  tokens: readonly string[],
  region: string,
  services: Pick<Services, 'hierarchy' | 'records'>,
): Promise<GrantRecord[]> {
  const found = await Promise.all(tokens.map((token) => grantOfToken(token, region, services)))
  return found.filter((grant) => grant !== undefined)
}

async function grantOfToken(
  token: string,
  region: string,
  services: Pick<Services, 'hierarchy' | 'records'>,
): Promise<GrantRecord | undefined> {
  const named = await grantNamedBy(token, region, services)
  return (await services.records.get(grantTable, named))?.value
}

/** Returns which grant a token refers to. Throws InvalidGrantTokenException. */
export async function grantNamedBy(
  token: string,
  region: string,
  { hierarchy }: Pick<Services, 'hierarchy'>,
): Promise<GrantName> {
  const [, keyId = '', grantId = ''] = (await openGrantToken(token, region, hierarchy)).split('/')
  return { region, keyId, grantId }
}

async function openGrantToken(token: string, region: string, hierarchy: Sealing): Promise<string> {
  if (!FORMAT.test(token)) throw invalidGrantToken()
  const bytes = bytesOfBase64(token)
  if (bytes === undefined) throw invalidGrantToken()
  const sealed = { generation: bytes.readUInt32BE(0), bytes: bytes.subarray(GENERATION_BYTES) }
  try {
    using reference = await hierarchy.unseal(region, 'grant-token', [region], sealed)
    return Buffer.from(reference.reveal()).toString()
  } catch (error) {
    throw error instanceof IntegrityError ? invalidGrantToken() : error
  }
}

function invalidGrantToken(): ServiceError {
  return serviceError('InvalidGrantTokenException', 'The grant token is not valid.')
}
