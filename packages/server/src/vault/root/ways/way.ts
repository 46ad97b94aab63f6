import type { Random } from '../../../platform/random.ts'
import { lengthPrefixed } from '../../../crypto/length-prefixed.ts'
import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import type { UnsealedRoot } from '../root.ts'

/**
 * Ways to the root of trust (docs/spec/root-ways.md). A way is one file in the data folder: the root, encrypted to the way's
 * public recipient, and what its kind needs to reveal the secret half. Each is enough to open the root.
 */

/** What a kind of way keeps in the way's file: names and texts that need no secrecy. */
export type WayParameters = Readonly<Record<string, string>>

/** The content of a way's file. */
export interface Way {
  /** A UUID. Its recipient never changes: another recipient is another way. */
  id: string
  kind: string
  /** What operators call it; unique among the ways that Keyhold makes. */
  name: string
  rootId: string
  createdMs: number
  /** The age recipient that the root is encrypted to: `age1pq1…` or `age1…`. */
  recipient: string
  /** The generations of the root that it holds, newest first. */
  generations: readonly number[]
  /** The root's text as an age file, in base64. */
  root: string
  parameters: WayParameters
}

/** A way as it is stored: with its MAC by the root, in base64. */
export interface StoredWay extends Way {
  mac: string
}

/** A way, or why its file cannot be used. */
export type ParsedWay = StoredWay | 'damaged' | 'unsupported'

/** Many times the size of a way: a post-quantum recipient has 1,960 characters, what it can read about 4,000. */
export const MAX_WAY_BYTES = 65_536
const FORMAT = 1
const MAX_PARAMETERS = 64
const MAX_GENERATIONS = 8

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const KIND = /^[a-z][a-z0-9-]{0,31}$/
const PARAMETER = /^[a-z][A-Za-z0-9]{0,63}$/
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const RECIPIENT = /^age1[a-z0-9]{50,2500}$/
const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/

/** Whether a way can be called so. */
export function isWayName(name: string): boolean {
  return NAME.test(name)
}

/** A way's file, whole. */
export function encodeWay({ mac, ...way }: StoredWay): Buffer {
  return Buffer.from(`${JSON.stringify({ format: FORMAT, ...way, mac }, undefined, 2)}\n`)
}

/** Parses a way's file strictly: every member in its form, and no other member. */
export function parseWay(bytes: Uint8Array): ParsedWay {
  const value = parseObject(bytes)
  if (value === undefined) return 'damaged'
  const { format, ...members } = value
  if (format !== FORMAT) return typeof format === 'number' && format > FORMAT ? 'unsupported' : 'damaged'
  const names = Object.keys(members)
  const sound = names.length === FIELDS.length && FIELDS.every(([name, isSound]) => isSound(members[name]))
  return sound ? (members as unknown as StoredWay) : 'damaged'
}

/** The way with its MAC by the newest generation that it holds, which `root` must hold. */
export async function authenticated(way: Way, root: UnsealedRoot): Promise<StoredWay> {
  return { ...way, mac: Buffer.from(await macOf(way, root)).toString('base64') }
}

/**
 * Whether this root made the way as it is. `older` where the way holds only generations that this root no longer has, so
 * that this cannot be told.
 */
export async function judge(way: StoredWay, root: UnsealedRoot): Promise<'genuine' | 'older' | 'false'> {
  const [newest = 0] = way.generations
  if (way.rootId !== root.id || newest > root.generation) return 'false'
  if (!root.generations.includes(newest)) return 'older'
  return equalInConstantTime(Buffer.from(way.mac, 'base64'), await macOf(way, root)) ? 'genuine' : 'false'
}

/** Names the way, so that what a kind protects for one way opens for no other: authenticated where the mechanism can. */
export function bindingOf({ rootId, id, kind }: Pick<Way, 'rootId' | 'id' | 'kind'>): Buffer {
  return lengthPrefixed(['keyhold/root-way', rootId, id, kind])
}

/** A new way, without what the root and its kind give it. */
export function freshWay(
  { kind, name, rootId, createdMs }: Pick<Way, 'kind' | 'name' | 'rootId' | 'createdMs'>,
  random: Random,
): Pick<Way, 'id' | 'kind' | 'name' | 'rootId' | 'createdMs'> {
  return { id: random.uuid(), kind, name, rootId, createdMs }
}

function macOf(way: Way, root: UnsealedRoot): Promise<Uint8Array> {
  const { id, kind, name, rootId, createdMs, recipient, generations, root: sealed, parameters } = way
  const pairs = Object.keys(parameters)
    .toSorted()
    .flatMap((parameter) => [parameter, parameters[parameter] ?? ''])
  const members = [String(FORMAT), id, kind, name, rootId, String(createdMs), recipient, generations.join(), sealed]
  return root.mac(['root-way'], lengthPrefixed([...members, ...pairs]), generations[0])
}

const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value)

const FIELDS: readonly (readonly [keyof StoredWay, (value: unknown) => boolean])[] = [
  ['id', matches(UUID)],
  ['kind', matches(KIND)],
  ['name', matches(NAME)],
  ['rootId', matches(UUID)],
  ['createdMs', (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  ['recipient', matches(RECIPIENT)],
  ['generations', areGenerations],
  ['root', matches(BASE64)],
  ['parameters', areParameters],
  ['mac', (value) => matches(BASE64)(value) && Buffer.from(String(value), 'base64').byteLength === 32],
]

function areGenerations(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MAX_GENERATIONS &&
    value.every((one, index) => Number.isSafeInteger(one) && one > 0 && (index === 0 || one < value[index - 1]))
  )
}

function areParameters(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length <= MAX_PARAMETERS &&
    entries.every(([name, text]) => PARAMETER.test(name) && typeof text === 'string' && text.isWellFormed())
  )
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
