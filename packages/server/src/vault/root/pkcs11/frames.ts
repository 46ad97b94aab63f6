/** The longest message: a request has about a kilobyte. */
export const MAX_MESSAGE_BYTES = 64 * 1024

/** Joins parts for a pipe, each after its length in 32 bits, big-endian. Secrets are in it: the caller wipes it. */
export function writeFrames(parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + 4 + part.byteLength, 0)
  const message = Buffer.alloc(size)
  let offset = 0
  for (const part of parts) {
    offset = message.writeUInt32BE(part.byteLength, offset)
    message.set(part, offset)
    offset += part.byteLength
  }
  return message
}

/** The parts, as views of the message, or `undefined` if it is not whole. */
export function readFrames(message: Buffer): Buffer[] | undefined {
  const parts: Buffer[] = []
  for (let offset = 0; offset < message.byteLength;) {
    if (offset + 4 > message.byteLength) return undefined
    const length = message.readUInt32BE(offset)
    offset += 4 + length
    if (offset > message.byteLength) return undefined
    parts.push(message.subarray(offset - length, offset))
  }
  return parts
}
