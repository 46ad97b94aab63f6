import { withRows, type Row } from './database.ts'
import { Failure } from './failure.ts'
import { isEqual, kdf, list, mac, openSeal } from './seals.ts'
import type { Root } from './root-text.ts'

/** One version of a key's material, open: the bytes of a secret key, or a private key as PKCS #8 DER or seed. */
export interface Material {
  materialId: string
  current: boolean
  createdMs: number
  bytes: Buffer
}

export interface Key {
  keyId: string
  region: string
  accountId: string
  spec: string
  usage: string
  origin: string
  state: string
  aliases: string[]
  materials: Material[]
}

export interface AccessKey {
  accessKeyId: string
  principalId: string
  accountId: string
  active: boolean
  secretAccessKey: string
}

/** All that a data folder keeps under its root. */
export interface Vault {
  keys: Key[]
  accessKeys: AccessKey[]
  /** How many rows verified, by table. */
  verified: Record<string, number>
  /** What did not verify or open. The rest is sound. */
  faults: string[]
}

const PREFIX = Uint8Array.of(1)
/** Tables whose rows belong to the domain that their id begins with, or has in the second place. All others are of `global`. */
const DOMAIN_FIRST = new Set(['key', 'key_use', 'policy', 'material', 'grant', 'grant_name', 'retirable'])
const DOMAIN_SECOND = new Set(['alias'])

/** Domain keys by `domain/generation`. */
type DomainKeys = ReadonlyMap<string, Buffer>

/** Opens everything in a data folder: checks the MAC of every row, and opens every sealed one. */
export function openVault(folder: string, roots: readonly Root[]): Vault {
  const faults: string[] = []
  const domainKeys = withRows(folder, (rows) => openDomainKeys(rows, roots, faults))
  if (domainKeys.size === 0) throw new Failure('No domain key opens: the root is of another data folder, or too old.')
  return withRows(folder, (rows) => openRows(rows, domainKeys, faults))
}

function openDomainKeys(rows: Iterable<Row>, roots: readonly Root[], faults: string[]): DomainKeys {
  const opened = new Map<string, Buffer>()
  for (const row of rows) {
    if (row.kind !== 'domain_key') continue
    const key = roots.map((root) => openDomainKey(row, root)).find((found) => found !== undefined)
    if (key === undefined) faults.push(`domain_key ${row.id}: does not open`)
    else opened.set(row.id, key)
  }
  return opened
}

function openDomainKey(row: Row, { id, generation, key }: Root): Buffer | undefined {
  const own = (...parts: string[]): Buffer => list([id, String(generation), ...parts])
  const macKey = kdf(key, 'keyhold/root/mac', own('row-mac', 'domain_key'))
  if (row.sealed === null || !isEqual(mac(macKey, macMessage(row)), row.mac)) return undefined
  const prefix = Buffer.alloc(21)
  prefix[0] = 1
  prefix.write(id.replaceAll('-', ''), 1, 'hex')
  prefix.writeUInt32BE(generation, 17)
  const slash = row.id.lastIndexOf('/')
  const context = own('domain-key', row.id.slice(0, slash), row.id.slice(slash + 1))
  return openSeal(key, { label: 'keyhold/root/wrap', context, prefix }, row.sealed)
}

function openRows(rows: Iterable<Row>, domainKeys: DomainKeys, faults: string[]): Vault {
  const vault: Vault = { keys: [], accessKeys: [], verified: {}, faults }
  const [bodies, materials] = [new Map<string, StoredKey>(), new Map<string, Material[]>()]
  const macKeys = new Map<string, Buffer>()
  for (const row of rows) {
    if (row.kind === 'domain_key') continue
    const domainKey = domainKeys.get(`${domainOf(row)}/${row.generation}`)
    if (domainKey === undefined || !verifies(row, domainKey, macKeys)) {
      faults.push(`${row.kind} ${row.id}: ${domainKey ? 'does not verify' : 'its domain key is missing'}`)
      continue
    }
    vault.verified[row.kind] = (vault.verified[row.kind] ?? 0) + 1
    if (row.kind === 'key') bodies.set(row.id, JSON.parse(row.body) as StoredKey)
    if (row.kind === 'material') collect(materials, row, openMaterial(row, domainKey, faults))
    if (row.kind === 'access_key') vault.accessKeys.push(...openAccessKey(row, domainKey, faults))
  }
  vault.keys = [...bodies].map(([id, body]) => keyOf(body, materials.get(id) ?? []))
  return vault
}

function verifies(row: Row, domainKey: Buffer, macKeys: Map<string, Buffer>): boolean {
  const name = `${domainOf(row)}/${row.generation}/${row.kind}`
  const context = list([domainOf(row), String(row.generation), row.kind])
  const macKey = macKeys.get(name) ?? kdf(domainKey, 'keyhold/row-mac', context)
  macKeys.set(name, macKey)
  return isEqual(mac(macKey, macMessage(row)), row.mac)
}

function domainOf({ kind, id }: Row): string {
  if (DOMAIN_FIRST.has(kind)) return id.split('/', 1)[0] ?? ''
  return DOMAIN_SECOND.has(kind) ? (id.split('/', 2)[1] ?? '') : 'global'
}

/** What a row's MAC covers: every column but the MAC. */
function macMessage({ kind, id, owner, target, due, version, generation, body, sealed }: Row): Buffer {
  const columns = [kind, id, owner, target, due === null ? '' : String(due), String(version), String(generation), body]
  const end = sealed === null ? Uint8Array.of(0) : Buffer.concat([Uint8Array.of(1), sealed])
  return Buffer.concat([list(columns), end])
}

/** The members of a key's body that matter here. */
interface StoredKey extends Omit<Key, 'aliases' | 'materials'> {
  aliases?: string[]
  currentMaterialId?: string
}

function keyOf({ keyId, region, accountId, spec, usage, origin, state, ...rest }: StoredKey, found: Material[]): Key {
  const { aliases = [], currentMaterialId } = rest
  const materials = found.map((one) => ({ ...one, current: one.materialId === currentMaterialId }))
  return { keyId, region, accountId, spec, usage, origin, state, aliases, materials }
}

function collect(materials: Map<string, Material[]>, row: Row, material: Material | undefined): void {
  if (material) materials.set(row.owner, [...(materials.get(row.owner) ?? []), material])
}

/** Opens a material; `undefined` without a fault where it was deleted and only its record is left. */
function openMaterial(row: Row, domainKey: Buffer, faults: string[]): Material | undefined {
  if (row.sealed === null) return undefined
  const [region = '', keyId = '', materialId = ''] = row.id.split('/')
  const context = list([region, String(row.generation), keyId, materialId])
  const bytes = openSeal(domainKey, { label: 'keyhold/material', context, prefix: PREFIX }, row.sealed)
  if (bytes === undefined) {
    faults.push(`material ${row.id}: does not open`)
    return undefined
  }
  const { createdMs } = JSON.parse(row.body) as { createdMs: number }
  return { materialId, current: false, createdMs, bytes }
}

function openAccessKey(row: Row, domainKey: Buffer, faults: string[]): AccessKey[] {
  const context = list(['global', String(row.generation), row.id])
  const secret = row.sealed && openSeal(domainKey, { label: 'keyhold/access-key', context, prefix: PREFIX }, row.sealed)
  if (!secret) {
    faults.push(`access_key ${row.id}: does not open`)
    return []
  }
  const { principalId, accountId, active } = JSON.parse(row.body) as AccessKey
  return [{ accessKeyId: row.id, principalId, accountId, active, secretAccessKey: secret.toString() }]
}
