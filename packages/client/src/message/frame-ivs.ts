import { EnvelopeError } from '../base/error.ts'
import type { SealedFrame } from './body.ts'
import { readUint32 } from '../base/bytes.ts'
import type { Suite } from './suites.ts'

const NUMBER_BYTES = 4

/** What most writers begin an IV with. */
export const ZERO_FIELD: Uint8Array = new Uint8Array(8)

/**
 * Holds the IVs of one message of version 2 to the form "fixed field, then the frame's number" (NIST SP 800-38D, section
 * 8.2.1), with one fixed field for all frames. So no IV occurs twice, and none is the header's, which is 0, without a
 * memory of them. Most writers have zeros in the fixed field; published messages of AWS have ones.
 *
 * Early clients of version 1 drew IVs by chance: theirs are taken as they are. See docs/decisions/0047.
 */
export class FrameIvs {
  #fixedField: Uint8Array | undefined

  /** @param fixedField absent: the first frame's is taken. */
  constructor(fixedField?: Uint8Array) {
    this.#fixedField = fixedField
  }

  /** @throws EnvelopeError MALFORMED_MESSAGE for a frame whose IV has another form. */
  check({ iv, sequence }: SealedFrame, { messageVersion }: Suite): void {
    if (messageVersion === 1) return
    const fixedField = iv.subarray(0, -NUMBER_BYTES)
    if (readUint32(iv, fixedField.length) !== sequence) throw damaged(sequence, 'does not end in its number')
    this.#fixedField ??= fixedField.slice()
    if (this.#fixedField.every((byte, index) => byte === fixedField[index])) return
    throw damaged(sequence, 'does not begin as those of the frames before it')
  }
}

function damaged(sequence: number, why: string): EnvelopeError {
  return new EnvelopeError(
    'MALFORMED_MESSAGE',
    `The body of the message is damaged: the IV of frame ${sequence} ${why}.`,
  )
}
