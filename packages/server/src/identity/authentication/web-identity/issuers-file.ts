import { resolve } from 'node:path'
import { parseYaml } from '../../../platform/yaml.ts'
import { checkIssuers, type OidcIssuer } from './issuer.ts'

/** The file of issuers is invalid. The message says where. */
export class IssuersFileError extends Error {
  override name = 'IssuersFileError'
}

const MEMBERS = ['issuer', 'audiences', 'jwks', 'internal', 'caFile']

/**
 * Parses a YAML list of the OpenID Connect issuers whose tokens are accepted. File names are relative to `folder`.
 * Throws {@link IssuersFileError} for unknown members too, so that typing errors are noticed.
 */
export function parseIssuers(text: string, folder: string): OidcIssuer[] {
  const issuers = listOf(text).map((value, index) => issuerOf(value, `[${index}]`, folder))
  try {
    checkIssuers(issuers)
  } catch (error) {
    throw error instanceof TypeError ? new IssuersFileError(error.message) : error
  }
  return issuers
}

function listOf(text: string): unknown[] {
  try {
    const document = parseYaml(text)
    if (Array.isArray(document)) return document
  } catch (error) {
    throw new IssuersFileError(`not YAML: ${(error as Error).message}`)
  }
  throw fault('the document', 'a list')
}

function issuerOf(value: unknown, path: string, folder: string): OidcIssuer {
  if (!isRecord(value)) throw fault(path, 'a mapping')
  const unknown = Object.keys(value).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined) {
    throw new IssuersFileError(`${path}.${unknown}: unknown member; known members are ${MEMBERS.join(', ')}`)
  }
  const { issuer, audiences, jwks = 'fetched', internal = false, caFile } = value
  if (!isString(issuer)) throw fault(`${path}.issuer`, 'the https: URL in the iss claim of its tokens')
  if (!Array.isArray(audiences) || !audiences.every(isString)) throw fault(`${path}.audiences`, 'a list of texts')
  if (typeof internal !== 'boolean') throw fault(`${path}.internal`, 'true or false')
  if (caFile !== undefined && !isString(caFile)) throw fault(`${path}.caFile`, 'the name of a file')
  const authorities = caFile === undefined ? {} : { caFile: resolve(folder, caFile) }
  return { issuer, audiences, jwks: keysOf(jwks, path, folder), internal, ...authorities }
}

function keysOf(jwks: unknown, path: string, folder: string): OidcIssuer['jwks'] {
  if (jwks === 'fetched') return { fetched: true }
  if (isRecord(jwks) && isString(jwks.file) && Object.keys(jwks).length === 1)
    return { file: resolve(folder, jwks.file) }
  throw fault(`${path}.jwks`, '"fetched", or a mapping with the member file')
}

function fault(path: string, wanted: string): IssuersFileError {
  return new IssuersFileError(`${path}: expected ${wanted}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
