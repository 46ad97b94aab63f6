import { hash } from 'node:crypto'
import type { WayKey } from './way-key.ts'
import { identityOf, parseIdentity } from './way-key.ts'

/**
 * Root files of version 2 (docs/spec/root-file.md): the way key of one way. An age identity with comments, so that age itself
 * opens the `root` of the way with it.
 */
export interface RootFile {
  rootId: string
  wayId: string
  key: WayKey
}

const FORM =
  /^# keyhold-root-file 2\n# root ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n# way ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n(AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+)\n# checksum ([0-9a-f]{64})\n$/
const VERSION = /^# keyhold-root-file ([1-9][0-9]{0,8})\n/

/** Encodes a root file. The caller wipes the result. */
export async function encodeRootFile({ rootId, wayId, key }: RootFile): Promise<Buffer> {
  const covered = `# keyhold-root-file 2\n# root ${rootId}\n# way ${wayId}\n${await identityOf(key)}\n`
  return Buffer.from(`${covered}# checksum ${hash('sha256', covered)}\n`)
}

/** Parses a root file; `text` where it holds a root's text instead, as those of version 1 do. */
export async function parseRootFile(bytes: Uint8Array): Promise<RootFile | 'text' | 'damaged' | 'unsupported'> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (text.startsWith('keyhold-root ')) return 'text'
  const version = VERSION.exec(text)?.[1]
  if (version === undefined) return 'damaged'
  if (version !== '2') return 'unsupported'
  const [, rootId, wayId, identity, checksum] = FORM.exec(text) ?? []
  if (rootId === undefined || wayId === undefined || identity === undefined) return 'damaged'
  if (hash('sha256', text.slice(0, text.lastIndexOf('# checksum '))) !== checksum) return 'damaged'
  const key = await parseIdentity(identity)
  return key === undefined ? 'damaged' : { rootId, wayId, key }
}
