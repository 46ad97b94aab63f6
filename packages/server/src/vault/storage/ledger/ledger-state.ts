import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import { lengthPrefixed } from '../../../crypto/length-prefixed.ts'
import { ModularSum } from '../../../crypto/modular-sum.ts'
import type { Random } from '../../../platform/random.ts'
import { StorageError } from '../storage-error.ts'
import type { Row } from '../store.ts'
import type { Ledger } from '../journal.ts'
import { CHAIN_START, type LedgerKeys, type StoredEntry } from './ledger-keys.ts'

/** The ledger's single row in the database. */
export interface LedgerRow {
  serial: number
  revision: number
  trimmed: number
  sequence: number
  chain: Uint8Array
  counts: string
  nonce: Uint8Array
  digest: Uint8Array
  mac: Uint8Array
}

/** The name under which audit entries are counted, beside the tables of rows. */
const ENTRIES = 'outbox'
const NONCE_BYTES = 32

/**
 * The expected content of the database, updated by each transaction: the number of rows of each table, and the sum over
 * all of them (MSet-Add-Hash, docs/spec/ledger.md). One transaction reads it, changes it and writes it back.
 */
export class LedgerState {
  readonly #keys: LedgerKeys
  /** The number of transactions that have changed the database. */
  serial = 0
  revision = 0
  trimmed = 0
  /** The number of audit entries ever committed, which is the sequence of the newest one. */
  sequence = 0
  /** The newest audit entry's MAC. */
  chain: Uint8Array = CHAIN_START
  readonly counts = new Map<string, number>()
  #sum = new ModularSum()

  constructor(keys: LedgerKeys) {
    this.#keys = keys
  }

  /** Throws {@link StorageError} `tampered` if the row was not made by {@link LedgerState.seal}. */
  static open(keys: LedgerKeys, row: LedgerRow): LedgerState {
    checkLedger(keys, row)
    const state = new LedgerState(keys)
    const { serial, revision, trimmed, sequence, chain } = row
    Object.assign(state, { serial, revision, trimmed, sequence, chain })
    for (const [kind, count] of Object.entries(JSON.parse(row.counts) as Record<string, number>)) {
      state.counts.set(kind, count)
    }
    state.#sum = ModularSum.of(row.digest)
    state.#sum.subtract(keys.mask(row.nonce))
    return state
  }

  /** Returns the row to store. Each has its own mask: two sums with the same mask would reveal their difference. */
  seal(random: Random): LedgerRow {
    const { serial, revision, trimmed, sequence, chain } = this
    const nonce = random.bytes(NONCE_BYTES)
    const masked = this.#sum.copy()
    masked.add(this.#keys.mask(nonce))
    const counts = JSON.stringify(Object.fromEntries(this.counts))
    const row = { serial, revision, trimmed, sequence, chain, counts, nonce, digest: masked.toBytes() }
    return { ...row, mac: this.#keys.stateMac(message(row)) }
  }

  /** A copy for work that can be undone while the transaction continues. */
  copy(): LedgerState {
    const state = new LedgerState(this.#keys)
    state.become(this)
    return state
  }

  become(other: LedgerState): void {
    const { serial, revision, trimmed, sequence, chain } = other
    Object.assign(this, { serial, revision, trimmed, sequence, chain })
    this.counts.clear()
    for (const [kind, count] of other.counts) this.counts.set(kind, count)
    this.#sum = other.#sum.copy()
  }

  addRow(row: Row): void {
    this.#count(row.table, 1)
    this.#sum.add(this.#keys.rowElement(row))
  }

  removeRow(row: Row): void {
    this.#count(row.table, -1)
    this.#sum.subtract(this.#keys.rowElement(row))
  }

  /** Gives the next audit entry its sequence and its MAC. */
  enter(entry: Omit<StoredEntry, 'sequence' | 'previous' | 'mac'>): StoredEntry {
    const numbered = { ...entry, sequence: this.sequence + 1, previous: this.chain }
    const stored = { ...numbered, mac: this.#keys.entryMac(numbered) }
    this.sequence = stored.sequence
    this.chain = stored.mac
    this.addEntry(stored)
    return stored
  }

  /** Counts on from these numbers, if they are higher. */
  advance({ serial, sequence }: Pick<Ledger, 'serial' | 'sequence'>): void {
    this.serial = Math.max(this.serial, serial)
    this.sequence = Math.max(this.sequence, sequence)
  }

  addEntry(entry: StoredEntry): void {
    this.#count(ENTRIES, 1)
    this.#sum.add(this.#keys.entryElement(entry))
  }

  removeEntry(entry: StoredEntry): void {
    this.#count(ENTRIES, -1)
    this.#sum.subtract(this.#keys.entryElement(entry))
  }

  summary(): Ledger {
    const { serial, revision, sequence, counts } = this
    return { serial, revision, sequence, counts: Object.fromEntries(counts) }
  }

  /** Returns whether both sums are equal. */
  sumEquals(other: LedgerState): boolean {
    return equalInConstantTime(this.#sum.toBytes(), other.#sum.toBytes())
  }

  #count(kind: string, change: number): void {
    const count = (this.counts.get(kind) ?? 0) + change
    if (count === 0) this.counts.delete(kind)
    else this.counts.set(kind, count)
  }
}

/** Throws {@link StorageError} `tampered` if the row was not made by {@link LedgerState.seal}. */
export function checkLedger(keys: LedgerKeys, row: LedgerRow): void {
  if (equalInConstantTime(row.mac, keys.stateMac(message(row)))) return
  throw new StorageError('tampered', 'This Keyhold did not write the ledger of the database.')
}

/** The error for an older copy that was restored while the process was running. */
export function wentBack(): StorageError {
  return new StorageError('tampered', 'The database was restored to an older state while Keyhold was running.')
}

function message(row: Omit<LedgerRow, 'mac'>): Buffer {
  const { serial, revision, trimmed, sequence, counts } = row
  const numbers = [serial, revision, trimmed, sequence].map(String)
  const bytes = [row.chain, row.nonce, row.digest].map((part) => Buffer.from(part).toString('hex'))
  return lengthPrefixed([...numbers, counts, ...bytes])
}
