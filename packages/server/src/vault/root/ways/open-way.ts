import type { Random } from '../../../platform/random.ts'
import { keyedRoot, takeRootKey, wipeRoot } from '../keyed-root.ts'
import { foreignRoot, RootError } from '../root-error.ts'
import type { RootProvider, UnsealedRoot } from '../root.ts'
import { parseRootText } from '../root-text.ts'
import type { Answers, RegisteredKind, WayContext } from './kind.ts'
import { kindNamed } from './kinds.ts'
import { bindingOf, type Way } from './way.ts'
import { decryptWith, formOf, recipientOf, type WayKey } from './way-key.ts'

/** What opening a way takes beside the way. */
export interface WayOpening {
  folder: string
  random: Random
  answers?: Answers
}

/** One way to the root, as a provider of it. */
export interface WayProvider extends RootProvider {
  readonly wayId: string
}

export function wayProvider(way: Way, opening: WayOpening): WayProvider {
  return {
    wayId: way.id,
    description: `the way ${way.name} (${way.kind})`,
    unseal: (expectedId) => unseal(way, expectedId, opening),
  }
}

/** The kind of a way. Throws RootError `unsupported` for that of a later Keyhold. */
export async function kindOf({ name, kind }: Pick<Way, 'name' | 'kind'>): Promise<RegisteredKind> {
  const found = await kindNamed(kind)
  if (found) return found
  const message = `This Keyhold does not know the kind ${JSON.stringify(kind)} of the way ${name}. Start the version that added it or a later one.`
  throw new RootError('unsupported', message)
}

/** What the kind is told of a way. */
export function contextOf(
  { id, name, kind, rootId, recipient }: Pick<Way, 'id' | 'name' | 'kind' | 'rootId' | 'recipient'>,
  { folder, random }: Pick<WayOpening, 'folder' | 'random'>,
): WayContext {
  return { id, name, rootId, recipient, folder, random, binding: bindingOf({ rootId, id, kind }) }
}

async function unseal(way: Way, expectedId: string, opening: WayOpening): Promise<UnsealedRoot> {
  const place = `The way ${way.name}`
  if (way.rootId !== expectedId) {
    throw foreignRoot(place, way.rootId, expectedId, 'Take the file out of this data folder.')
  }
  const kind = await kindOf(way)
  const seed = await kind.reveal(way.parameters, contextOf(way, opening), opening.answers ?? {})
  try {
    return await openText({ form: (await formOf(way.recipient)) ?? 'hybrid', seed }, way, opening.random)
  } finally {
    seed.wipe()
  }
}

async function openText(key: WayKey, way: Way, random: Random): Promise<UnsealedRoot> {
  const advice = 'Restore it from a backup of the data folder, or open the root by another way and add this one again.'
  if ((await recipientOf(key)) !== way.recipient) {
    throw new RootError('wrong', `What the way ${way.name} revealed is not the key of its recipient. ${advice}`)
  }
  const text = await decryptWith(key, Buffer.from(way.root, 'base64'))
  const parsed = text === undefined ? 'damaged' : parseRootText(text)
  text?.fill(0)
  if (parsed === 'damaged') throw new RootError('damaged', `The way ${way.name} is damaged. ${advice}`)
  if (parsed === 'unsupported') {
    throw new RootError('unsupported', `A later Keyhold wrote the root in the way ${way.name}. Start that version.`)
  }
  if (parsed.id === way.rootId) return keyedRoot(takeRootKey(parsed), random)
  wipeRoot(parsed)
  throw foreignRoot(`The way ${way.name}`, parsed.id, way.rootId, advice)
}
