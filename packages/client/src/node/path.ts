import { basename, dirname, join } from 'node:path'

/** A path as text; as bytes where it is no UTF-8, which no text can hold. Only POSIX systems have such paths. */
export type Path = string | Buffer

const SLASH = 0x2f

/** The folder of what a path names. */
export function folderOf(path: Path): Path {
  if (typeof path === 'string') return dirname(path)
  const slash = path.lastIndexOf(SLASH)
  return slash === -1 ? Buffer.from('.') : path.subarray(0, Math.max(slash, 1))
}

/** The last name of a path. */
export function nameOf(path: Path): Path {
  return typeof path === 'string' ? basename(path) : path.subarray(path.lastIndexOf(SLASH) + 1)
}

/** A path to what has the name in a folder. */
export function within(folder: Path, name: Path): Path {
  if (typeof folder === 'string' && typeof name === 'string') return join(folder, name)
  return Buffer.concat([bytesOf(folder), Buffer.of(SLASH), bytesOf(name)])
}

export function bytesOf(path: Path): Buffer {
  return typeof path === 'string' ? Buffer.from(path) : path
}

/** A name takes up to 255 bytes on most systems, and 143 where eCryptfs encrypts names. This leaves room for the rest. */
const MAX_STEM_BYTES = 96

/** The beginning of a name, whole characters of at most {@link MAX_STEM_BYTES} bytes. */
export function stemOf(name: Path): Path {
  const bytes = bytesOf(name)
  if (bytes.length <= MAX_STEM_BYTES) return name
  let end = MAX_STEM_BYTES
  while (end > 0 && isContinuation(bytes[end]!)) end--
  const stem = bytes.subarray(0, end)
  return typeof name === 'string' ? stem.toString() : stem
}

/** A byte of UTF-8 that does not begin a character. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/** The path of a hidden file beside another one: `.STEM.TAG.ENDING`. */
export function besides(path: Path, tag: string, ending: string): Path {
  const stem = stemOf(nameOf(path))
  const name =
    typeof stem === 'string'
      ? `.${stem}.${tag}.${ending}`
      : Buffer.concat([Buffer.from('.'), stem, Buffer.from(`.${tag}.${ending}`)])
  return within(folderOf(path), name)
}
