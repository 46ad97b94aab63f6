import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** More than the header of any message that the demo writes. */
const HEADER_BYTES = 64 * 1024

/** The file's digest, in hexadecimal. */
export async function sha256(file: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(file), digest)
  return digest.digest('hex')
}

/** Copies a message and puts `replacement` where its header has `original`, which is as long. */
export async function copyWithEditedHeader(
  source: string,
  target: string,
  { original, replacement }: { original: string; replacement: string },
): Promise<void> {
  await copyFile(source, target)
  const file = await open(target, 'r+')
  try {
    const { buffer } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
    const place = buffer.indexOf(original)
    if (place < 0 || original.length !== replacement.length) throw new Error('the header has no such text')
    await file.write(replacement, place)
  } finally {
    await file.close()
  }
}
