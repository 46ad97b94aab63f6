/**
 * Gives back the memory of bytes that are no longer needed. Left to the garbage collector, which sees only the small
 * objects around them, some 100 MiB gather while a stream runs. A part of a pool that others share is left alone.
 */
export function free(bytes: Uint8Array): void {
  const { buffer } = bytes
  const isAlone = bytes.length > 0 && bytes.length === buffer.byteLength
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
