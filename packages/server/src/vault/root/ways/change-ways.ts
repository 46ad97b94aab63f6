import type { Secret } from '@keyhold/protocol'
import type { Clock } from '../../../platform/clock.ts'
import type { Random } from '../../../platform/random.ts'
import { rootSecretOf, wipeRoot } from '../keyed-root.ts'
import { RootError } from '../root-error.ts'
import { encodeRootText } from '../root-text.ts'
import type { UnsealedRoot } from '../root.ts'
import { readWays, unlinkWay, writeWay } from './folder.ts'
import type { Answers, WayKind } from './kind.ts'
import { contextOf, wayProvider } from './open-way.ts'
import { authenticated, freshWay, isWayName, judge, type StoredWay, type Way } from './way.ts'
import { encryptTo, formOf, freshWayKey, recipientOf, type WayKeyForm } from './way-key.ts'

/** What changing the ways takes. */
export interface WayChange {
  /** The data folder. */
  folder: string
  /** The root, open. */
  root: UnsealedRoot
  random: Random
}

/** A way to be made. */
export interface NewWay<Settings> {
  kind: WayKind<Settings>
  settings: Settings
  name: string
  /** The id of a way of that name that this one takes the place of. */
  replaces?: string | undefined
  /** The form of a way key that is made now; `hybrid` unless given. */
  form?: WayKeyForm
  answers?: Answers
}

/**
 * Makes a way and proves that it opens the root, where it opens without an answer of a person or with the `answers`. After a
 * crash the way is there whole or not at all; what its kind made outside the way's file may be left, and opens nothing. Rejects
 * with RootError, `refused` for a name that is taken.
 */
export async function addWay<Settings>(
  { kind, settings, name, replaces, form = 'hybrid', answers = {} }: NewWay<Settings>,
  { clock, ...change }: WayChange & { clock: Pick<Clock, 'now'> },
): Promise<StoredWay> {
  const { folder, root, random } = change
  await requireFreeName(folder, name, replaces)
  const head = freshWay({ kind: kind.kind, name, rootId: root.id, createdMs: clock.now() }, random)
  const given = kind.recipient?.(settings)
  if (given !== undefined) await requireRecipient(given)
  const key = freshWayKey(form, random)
  using seed: Secret = key.seed
  const recipient = given ?? (await recipientOf(key))
  const context = contextOf({ ...head, recipient }, change)
  const parameters = await kind.protect(seed, settings, context, answers)
  try {
    const way = await written({ ...head, recipient, parameters }, root)
    if (!kind.needsPerson(parameters)) await prove(way, change, answers)
    await writeWay(folder, way, random)
    return way
  } catch (error) {
    await kind.discard?.(parameters, context)
    throw error
  }
}

/**
 * Writes the root, with all its generations, to a way that is there: no way needs to be opened for it. Rejects with RootError
 * `refused` when the way is not as a generation of this root made it, so that no other program slips a recipient in.
 */
export async function rewriteWay(way: StoredWay, { folder, root, random }: WayChange): Promise<StoredWay> {
  await requireGenuine(way, root)
  const { mac: _, ...members } = way
  const rewritten = await written(members, root)
  await writeWay(folder, rewritten, random)
  return rewritten
}

/** The recipients that a way's root, or a backup, may be encrypted to: rejects with RootError `refused` for a way that is not genuine. */
export async function requireGenuine(way: StoredWay, root: UnsealedRoot): Promise<void> {
  const verdict = await judge(way, root)
  if (verdict === 'genuine') return
  const why =
    verdict === 'older'
      ? 'holds only generations that the root no longer has'
      : 'is not as Keyhold wrote it: someone changed its file'
  const advice = `Remove it with: keyhold operator root remove ${way.id}`
  throw new RootError('refused', `The way ${way.name} ${why}. Nothing is encrypted to its recipient. ${advice}`)
}

/** Removes the file of a way. The caller has made sure that another opens the root. */
export async function removeWay({ id }: Pick<Way, 'id'>, { folder }: Pick<WayChange, 'folder'>): Promise<void> {
  await unlinkWay(folder, id)
}

async function written(members: Omit<Way, 'generations' | 'root'>, root: UnsealedRoot): Promise<StoredWay> {
  const secret = rootSecretOf(root)
  const text = encodeRootText(secret)
  wipeRoot(secret)
  try {
    const sealed = await encryptTo([members.recipient], text)
    const { id, kind, name, rootId, createdMs, recipient, parameters } = members
    const way = { id, kind, name, rootId, createdMs, recipient, generations: root.generations }
    return await authenticated({ ...way, root: Buffer.from(sealed).toString('base64'), parameters }, root)
  } finally {
    text.fill(0)
  }
}

/** Opens the way as a start does, before anything relies on it. */
async function prove(way: StoredWay, { folder, root, random }: WayChange, answers: Answers): Promise<void> {
  const opened = await wayProvider(way, { folder, random, answers }).unseal(root.id)
  const same = await judge(way, opened)
  await opened.destroy()
  if (same !== 'genuine') throw new RootError('io', `The way ${way.name} does not open the root it was made for.`)
}

async function requireFreeName(folder: string, name: string, replaces: string | undefined): Promise<void> {
  if (!isWayName(name)) {
    const form = 'up to 64 letters, digits, dots, underscores and hyphens, of which the first is a letter or a digit'
    throw new RootError('refused', `${JSON.stringify(name)} is no name for a way: names have ${form}.`)
  }
  const { ways } = await readWays(folder)
  if (!ways.some((way) => way.name === name && way.id !== replaces)) return
  throw new RootError('refused', `There is a way ${name} already. Choose another name, or remove that one first.`)
}

async function requireRecipient(recipient: string): Promise<void> {
  const form = await formOf(recipient)
  // Some points of Curve25519 are no one's public key, and nothing can be encrypted to them.
  const usable = form && (await encryptTo([recipient], new Uint8Array()).catch(() => undefined))
  if (usable) return
  const advice = 'Keyhold encrypts to native recipients: age1pq1… (age 1.3 or later) and age1….'
  throw new RootError('refused', `${JSON.stringify(recipient)} is no recipient of age. ${advice}`)
}
