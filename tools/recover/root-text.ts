import { createHash } from 'node:crypto'
import { Failure } from './failure.ts'

/** One generation of a root. */
export interface Root {
  id: string
  generation: number
  /** 32 bytes. */
  key: Buffer
}

const HEAD = /^keyhold-root ([12])\nid ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n/
const GENERATION = /generation ([1-9]\d{0,8})\nkey ([0-9a-f]{64})\n/g
const WHOLE =
  /^keyhold-root [12]\nid [-0-9a-f]{36}\n(?:generation [1-9]\d{0,8}\nkey [0-9a-f]{64}\n)+checksum ([0-9a-f]{64})\n$/

/** Reads the text of a root, of one generation or several (docs/spec/root-file.md). Throws {@link Failure} for anything else. */
export function parseRootText(text: string): Root[] {
  const checksum = WHOLE.exec(text)?.[1]
  const id = HEAD.exec(text)?.[2]
  if (checksum === undefined || id === undefined)
    throw new Failure('This is no root of trust in a form that is known here.')
  const covered = text.slice(0, text.lastIndexOf('checksum '))
  if (createHash('sha256').update(covered).digest('hex') !== checksum) {
    throw new Failure('The checksum of the root of trust is wrong: it was damaged or mistyped.')
  }
  return [...covered.matchAll(GENERATION)].map(([, generation, key = '']) => ({
    id,
    generation: Number(generation),
    key: Buffer.from(key, 'hex'),
  }))
}
