import { SYMMETRIC_MATERIAL_BYTES } from '../../../domain/keys/specs.ts'
import { isAliasName, isKeyId } from '../../../domain/keys/identifiers.ts'
import { tagFault } from '../../../domain/keys/tags.ts'
import { parseYaml } from '../../../platform/yaml.ts'

/** One checked key of a seed file. */
export interface SeedKey {
  id: string
  account: string
  region: string
  description: string
  aliases: string[]
  tags: Record<string, string>
  policy?: string
  /** 32 bytes in base64, for fixtures whose ciphertexts must decrypt everywhere. */
  material?: Uint8Array
}

/** The seed file is invalid. The message says where. */
export class SeedError extends Error {
  override name = 'SeedError'
}

const DEFAULTS = { account: '000000000000', region: 'us-east-1', description: '', aliases: [], tags: {} }
const MEMBERS = ['id', 'account', 'region', 'description', 'aliases', 'tags', 'policy', 'material']

/** Parses a seed file. Throws {@link SeedError} for unknown members too, so that typing errors are noticed. */
export function parseSeed(text: string): SeedKey[] {
  const document = readYaml(text)
  const keys = member(document, 'keys', 'the document', isArray, 'a list')
  return keys.map((key, index) => seedKey(key, `keys[${index}]`))
}

function seedKey(value: unknown, path: string): SeedKey {
  if (!isRecord(value)) throw fault(path, 'a mapping')
  const unknown = Object.keys(value).find((name) => !MEMBERS.includes(name))
  if (unknown !== undefined)
    throw new SeedError(`${path}.${unknown}: unknown member; known members are ${MEMBERS.join(', ')}`)
  const key = { ...DEFAULTS, ...value }
  return {
    id: member(key, 'id', path, isId, 'a key id: a dashed UUID or mrk- and 32 hexadecimal digits'),
    account: member(key, 'account', path, isAccount, '12 digits, in quotes'),
    region: member(key, 'region', path, isString, 'text'),
    description: member(key, 'description', path, isString, 'text'),
    aliases: member(key, 'aliases', path, isAliases, 'a list of names that start with alias/'),
    tags: member(key, 'tags', path, isTags, 'a mapping of at most 50 tag keys to values'),
    policy: policyText(key, path),
    material: materialBytes(key, path),
  }
}

function policyText(key: Record<string, unknown>, path: string): string | undefined {
  if (key.policy === undefined || isString(key.policy)) return key.policy
  if (!isRecord(key.policy)) throw fault(`${path}.policy`, 'a policy document, as text or as a mapping')
  return JSON.stringify(key.policy, undefined, 2)
}

function materialBytes(key: Record<string, unknown>, path: string): Uint8Array | undefined {
  if (key.material === undefined) return undefined
  const bytes = isString(key.material) ? Buffer.from(key.material, 'base64') : undefined
  if (bytes?.byteLength !== SYMMETRIC_MATERIAL_BYTES) {
    throw fault(`${path}.material`, `${SYMMETRIC_MATERIAL_BYTES} bytes in base64`)
  }
  return bytes
}

function readYaml(text: string): unknown {
  try {
    return parseYaml(text)
  } catch (error) {
    throw new SeedError(`the seed file is not YAML: ${(error as Error).message}`)
  }
}

function member<T>(value: unknown, name: string, path: string, is: (value: unknown) => value is T, wanted: string): T {
  const found = isRecord(value) ? value[name] : undefined
  if (is(found)) return found
  throw fault(`${path}.${name}`, wanted)
}

function fault(path: string, wanted: string): SeedError {
  return new SeedError(`${path}: expected ${wanted}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isId(value: unknown): value is string {
  return isString(value) && isKeyId(value)
}

function isAccount(value: unknown): value is string {
  return isString(value) && /^[0-9]{12}$/.test(value)
}

function isAliases(value: unknown): value is string[] {
  return isArray(value) && value.every((name) => isString(name) && isAliasName(name))
}

function isTags(value: unknown): value is Record<string, string> {
  if (!isRecord(value) || !Object.values(value).every(isString)) return false
  return tagFault(Object.entries(value).map(([TagKey]) => ({ TagKey, TagValue: '' }))) === undefined
}
