import { createHash } from 'node:crypto'
import { Failure } from './failure.ts'

/** One generation of a root. */
export interface Root {
  id: string
  generation: number
  /** 32 bytes. */
  key: Buffer
}

const VERSION_1 =
  /^keyhold-root 1\nid ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\ngeneration ([1-9]\d{0,8})\nkey ([0-9a-f]{64})\nchecksum ([0-9a-f]{64})\n$/

/** Reads a root file of version 1 (docs/spec/root-file.md). Throws {@link Failure} for anything else. */
export function parseRootText(text: string): Root[] {
  const [, id, generation, key, checksum] = VERSION_1.exec(text) ?? []
  if (id === undefined || key === undefined) throw new Failure('This is no root of trust in a form that is known here.')
  const covered = text.slice(0, text.indexOf('checksum '))
  if (createHash('sha256').update(covered).digest('hex') === checksum) {
    return [{ id, generation: Number(generation), key: Buffer.from(key, 'hex') }]
  }
  throw new Failure('The checksum of the root of trust is wrong: it was damaged or mistyped.')
}
