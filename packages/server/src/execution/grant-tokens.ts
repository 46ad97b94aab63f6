import { type ServiceError, Secret, serviceError } from '@keyhold/protocol'
import type { GrantRecord } from '../domain/policy/grant-record.ts'
import { IntegrityError, type Sealing } from '../vault/hierarchy/sealing.ts'
import { type GrantName, grantTable } from '../vault/records/grant.ts'
import { bytesOfBase64 } from '../platform/base64.ts'
import type { Services } from './services.ts'

const FORMAT = /^[A-Za-z0-9+/]{32,1024}={0,2}$/
const GENERATION_BYTES = 4

/**
 * A grant token: a sealed reference to one grant of one Region. It is no secret and gives nothing by itself: whoever
 * shows it makes the service read that grant from the store, which may be ahead of what this process knows.
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
 * The grants that tokens name, as they stand in the store now. A grant that is revoked or retired is none any more, and
 * its token allows nothing. Throws InvalidGrantTokenException for a text that was not handed out in this Region.
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

/** Which grant a token refers to. Throws InvalidGrantTokenException. */
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
