import { type Secret, type ServiceError, serviceError, type WrappingKeySpec } from '@keyhold/protocol'
import { IntegrityError, type Sealing } from '../../../vault/hierarchy/sealing.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import type { WrappingAlgorithm } from '../../../domain/keys/specs.ts'

/** What one answer of GetParametersForImport is good for. */
export interface ImportParameters {
  wrappingKeySpec: WrappingKeySpec
  wrappingAlgorithm: WrappingAlgorithm
  validToMs: number
}

const GENERATION_BYTES = 4
const LENGTH_BYTES = 2
const HEAD_BYTES = GENERATION_BYTES + LENGTH_BYTES

/**
 * An import token: the private wrapping key, sealed for one KMS key together with the parameters that go with it, so
 * that the service keeps nothing between the two calls (docs/spec/hierarchy.md, "Import tokens").
 */
export async function sealImportToken(
  key: KeyRecord,
  parameters: ImportParameters,
  privateKey: Secret,
  hierarchy: Sealing,
): Promise<Uint8Array> {
  const text = JSON.stringify(parameters)
  const { generation, bytes } = await hierarchy.seal(key.region, 'import-token', context(key, text), privateKey)
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32BE(generation)
  head.writeUInt16BE(Buffer.byteLength(text), GENERATION_BYTES)
  return Buffer.concat([head, Buffer.from(text), bytes])
}

/**
 * Reverses {@link sealImportToken}. Throws InvalidImportTokenException for what was not handed out for this key, and
 * ExpiredImportTokenException for what was, too long ago.
 */
export async function openImportToken(
  key: KeyRecord,
  token: Uint8Array,
  nowMs: number,
  hierarchy: Sealing,
): Promise<{ parameters: ImportParameters; privateKey: Secret }> {
  const { text, generation, bytes } = partsOf(token)
  const sealed = { generation, bytes }
  const privateKey = await hierarchy.unseal(key.region, 'import-token', context(key, text), sealed).catch(refuse)
  const parameters = JSON.parse(text) as ImportParameters // authentic, so this program wrote it
  if (parameters.validToMs > nowMs) return { parameters, privateKey }
  privateKey.wipe()
  throw serviceError('ExpiredImportTokenException')
}

function context({ accountId, keyId }: KeyRecord, parameters: string): string[] {
  return [accountId, keyId, parameters]
}

function partsOf(token: Uint8Array): { text: string; generation: number; bytes: Uint8Array } {
  const buffer = Buffer.from(token.buffer, token.byteOffset, token.byteLength)
  if (buffer.byteLength < HEAD_BYTES) throw invalid()
  const end = HEAD_BYTES + buffer.readUInt16BE(GENERATION_BYTES)
  const text = buffer.toString('utf8', HEAD_BYTES, end)
  return { text, generation: buffer.readUInt32BE(), bytes: buffer.subarray(end) }
}

function refuse(error: unknown): never {
  throw error instanceof IntegrityError ? invalid() : error
}

function invalid(): ServiceError {
  return serviceError('InvalidImportTokenException')
}
