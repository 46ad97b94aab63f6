import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decryptAgeWhole } from './age.ts'
import type { Identity } from './age-identity.ts'
import { parseRootText, type Root } from './root-text.ts'
import { isEqual, kdf, list, mac } from './seals.ts'

/** A way to the root (docs/spec/root-ways.md), as its file has it. */
export interface Way {
  id: string
  kind: string
  name: string
  rootId: string
  createdMs: number
  recipient: string
  generations: number[]
  root: string
  parameters: Record<string, string>
  mac: string
}

/** The ways of a data folder: none in those that earlier builds made. */
export function readWays(folder: string): Way[] {
  const place = join(folder, 'root')
  if (!existsSync(place)) return []
  const files = readdirSync(place).filter((name) => name.endsWith('.json'))
  return files.map((name) => JSON.parse(readFileSync(join(place, name), 'utf8')) as Way)
}

/** What kinds that protect a way key bind it to. */
export function bindingOf({ rootId, id, kind }: Way): Buffer {
  return list(['keyhold/root-way', rootId, id, kind])
}

/** Opens the root of a way by its key, and warns of a way whose MAC does not verify. Throws Failure. */
export function openWay(way: Way, identity: Identity): Root[] {
  const roots = parseRootText(decryptAgeWhole(Buffer.from(way.root, 'base64'), [identity]).toString())
  const newest = roots.find(({ generation }) => generation === way.generations[0])
  if (newest === undefined || !isEqual(macOf(way, newest), Buffer.from(way.mac, 'base64'))) {
    console.error(`Warning: the way ${way.name} is not as Keyhold wrote it.`)
  }
  return roots
}

function macOf(way: Way, { id, generation, key }: Root): Buffer {
  const { parameters, generations } = way
  const pairs = Object.keys(parameters)
    .toSorted()
    .flatMap((name) => [name, parameters[name] ?? ''])
  const members = [way.id, way.kind, way.name, way.rootId, String(way.createdMs), way.recipient, generations.join()]
  return mac(
    kdf(key, 'keyhold/root/mac', list([id, String(generation), 'root-way'])),
    list(['1', ...members, way.root, ...pairs]),
  )
}
