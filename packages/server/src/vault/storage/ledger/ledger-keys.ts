import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { hmacSha256 } from '../../../crypto/hmac.ts'
import { deriveKey } from '../../../crypto/kdf.ts'
import { lengthPrefixed, writeLengthPrefixed } from '../../../crypto/length-prefixed.ts'
import { intoKeyObject } from '../../../crypto/secret-key.ts'
import { rowColumns } from '../row-bytes.ts'
import type { Row } from '../store.ts'

/** One audit entry in the database. */
export interface StoredEntry {
  eventId: string
  revision: number
  position: number
  sequence: number
  record: string
  /** The MAC of the previous entry. */
  previous: Uint8Array
  mac: Uint8Array
}

/** The start of the chain, before the first entry. */
export const CHAIN_START: Uint8Array = new Uint8Array(32)

/**
 * A buffer in which the messages of rows are assembled one after another. Each has the length of its row and is read at
 * once.
 */
const SCRATCH = Buffer.allocUnsafeSlow(64 * 1024)
/** The maximum number of UTF-8 bytes of a UTF-16 code unit. */
const UTF8_PER_UNIT = 3

function scratchFor(columns: readonly string[], { mac, sealed }: Row): Buffer {
  let bytes = 16 + mac.byteLength + (sealed?.byteLength ?? 0)
  for (const text of columns) bytes += 4 + UTF8_PER_UNIT * text.length
  return bytes <= SCRATCH.byteLength ? SCRATCH : Buffer.allocUnsafe(bytes)
}

const MASK = Uint8Array.of(0)
const ELEMENT = Uint8Array.of(1)

/** The MACs of the ledger, each with a separate key (docs/spec/ledger.md). */
export class LedgerKeys {
  readonly #set: KeyObject
  readonly #entry: KeyObject
  readonly #commit: KeyObject
  readonly #state: KeyObject

  /** `key` is that of UnsealedRoot.ledgerKey. */
  constructor(key: KeyObject) {
    const derived = (use: string): KeyObject =>
      intoKeyObject(Secret.of(deriveKey(key, `keyhold/ledger/${use}`, lengthPrefixed([]))))
    this.#set = derived('set')
    this.#entry = derived('entry')
    this.#commit = derived('commit')
    this.#state = derived('state')
  }

  /** H(0, nonce) of MSet-Add-Hash, which masks a stored sum. */
  mask(nonce: Uint8Array): Buffer {
    return hmacSha256(this.#set, Buffer.concat([MASK, nonce]))
  }

  /** H(1, row) of MSet-Add-Hash. */
  rowElement(row: Row): Buffer {
    const columns = ['row', ...rowColumns(row)]
    const message = scratchFor(columns, row)
    message[0] = 1
    let end = writeLengthPrefixed(columns, message, 1)
    end = message.writeUInt32BE(row.mac.byteLength, end)
    message.set(row.mac, end)
    end = message.writeUInt8(row.sealed === null ? 0 : 1, end + row.mac.byteLength)
    if (row.sealed !== null) message.set(row.sealed, end)
    return hmacSha256(this.#set, message.subarray(0, end + (row.sealed?.byteLength ?? 0)))
  }

  /** H(1, entry) of MSet-Add-Hash. */
  entryElement(entry: StoredEntry): Buffer {
    return hmacSha256(this.#set, Buffer.concat([ELEMENT, columnsOf(entry), sized(entry.previous), sized(entry.mac)]))
  }

  /** The MAC of an audit entry, which chains it to the previous one. */
  entryMac(entry: Omit<StoredEntry, 'mac'>): Buffer {
    return hmacSha256(this.#entry, Buffer.concat([columnsOf(entry), sized(entry.previous)]))
  }

  /** The MAC of a commit's place in the change log: its id, its revision and the rows that it changed. */
  commitMac(id: string, revision: number, changed: readonly { table: string; id: string }[]): Buffer {
    const rows = changed.map((row) => JSON.stringify([row.table, row.id])).toSorted()
    return hmacSha256(this.#commit, lengthPrefixed([id, String(revision), ...rows]))
  }

  /** The MAC of the ledger's own row. */
  stateMac(message: Uint8Array): Buffer {
    return hmacSha256(this.#state, message)
  }
}

function columnsOf({ eventId, revision, position, sequence, record }: Omit<StoredEntry, 'mac'>): Buffer {
  return lengthPrefixed(['entry', eventId, String(revision), String(position), String(sequence), record])
}

/** Bytes with their length before them, 32 bits, big-endian. */
function sized(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.byteLength)
  return Buffer.concat([length, bytes])
}
