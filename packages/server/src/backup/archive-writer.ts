import { writeSync } from 'node:fs'
import { CHUNK_BYTES, PayloadSealer } from '../crypto/age-payload.ts'
import { sha256Stream } from '../crypto/sha256.ts'
import type { AgeStart } from './age-header.ts'
import { TAR_END, tarHeader, tarPadding, type TarMember } from './tar.ts'

/** A member as it was written. */
export interface WrittenMember extends TarMember {
  /** Of its content, in hex. */
  sha256: string
}

/**
 * Writes an encrypted tar to a file, on a thread of its own: it waits for the disk. Nothing of the content is on the disk in the
 * clear.
 */
export class ArchiveWriter {
  readonly #descriptor: number
  readonly #timeMs: number
  readonly #sealer: PayloadSealer
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  #used = 0
  /** The content of the file so far, in bytes. */
  size = 0
  readonly members: WrittenMember[] = []

  constructor(descriptor: number, start: AgeStart, timeMs: number) {
    this.#descriptor = descriptor
    this.#timeMs = timeMs
    this.#sealer = new PayloadSealer(start.key)
    this.#write(start.bytes)
  }

  /** Writes a member whose parts have together `bytes`. Throws RangeError if they have not. */
  add(member: TarMember, parts: Iterable<Uint8Array>): WrittenMember {
    this.#put(tarHeader(member, this.#timeMs))
    const hash = sha256Stream()
    let bytes = 0
    for (const part of parts) {
      bytes += part.byteLength
      hash.update(part)
      this.#put(part)
    }
    if (bytes !== member.bytes) throw new RangeError(`${member.name} has ${bytes} bytes and not ${member.bytes}`)
    this.#put(tarPadding(bytes))
    const written = { ...member, sha256: hash.digest('hex') }
    this.members.push(written)
    return written
  }

  /** {@link add} for a content that is in memory. */
  addBytes(name: string, content: Uint8Array): WrittenMember {
    return this.add({ name, bytes: content.byteLength }, [content])
  }

  /** Ends the tar and the payload. */
  end(): void {
    this.#put(TAR_END)
    this.#seal(true)
  }

  #put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength;) {
      // The last chunk is the one that is not known to be followed by another: so a full one waits.
      if (this.#used === CHUNK_BYTES) this.#seal(false)
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.#used)
      this.#chunk.set(part, this.#used)
      this.#used += part.byteLength
      at += part.byteLength
    }
  }

  #seal(last: boolean): void {
    for (const bytes of this.#sealer.seal(this.#chunk.subarray(0, this.#used), last)) this.#write(bytes)
    this.#used = 0
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength;) at += writeSync(this.#descriptor, bytes, at)
    this.size += bytes.byteLength
  }
}
