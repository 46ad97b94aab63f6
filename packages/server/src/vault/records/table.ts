import type { SealedAs } from '../hierarchy/sealing.ts'
import type { Row } from '../storage/store.ts'
import type { TableName } from '../storage/table-name.ts'

/** A table whose rows the service's own keys authenticate: all but domain keys, which the root of trust does. */
export type RecordTable = Exclude<TableName, 'domain_key'>

/** What a record is read from: the columns that say what a row is about. */
export type Stored = Pick<Row, 'id' | 'owner' | 'target' | 'body'>

/**
 * All that is known of one table. `T` is its record: what is read from a row, and what a row is made of. `I`, `O` and `G`
 * are the members of the record that id, owner and target take, so that rows can be named and listed without a record.
 */
export interface Table<T, I = unknown, O = unknown, G = unknown> {
  readonly name: RecordTable
  /** Unique in the table. */
  id(parts: I): string
  /** What the row is listed under; `''` in tables that nothing lists by owner. */
  owner(parts: O): string
  /** A second key to list by, or `''`. */
  target(parts: G): string
  /** When a job must process the row, in milliseconds since the epoch; `null` if never. */
  dueMs(record: T): number | null
  /** The domain whose keys protect the row with this id; `''`, which no domain is called, for an id without the part that names it. */
  domain(id: string): string
  /** The record of a row that was verified. Its body was written by this program, so its shape needs no second check. */
  read(stored: Stored): T
  body(record: T): string
  /** What the sealed bytes of the row with this id are; `undefined` for a table whose rows have none. */
  sealedAs(id: string): SealedAs | undefined
  /** What it means that a row is not there. */
  readonly absence: string
  /**
   * Whether a row that is not authentic is worth less than none: it holds up the service or its owner, and nothing is lost
   * with it that its absence does not say. An operator who accepts a database removes such rows.
   */
  readonly dispensable: boolean
}

/**
 * Members of {@link Table} that most tables leave at their defaults: no owner, no target, never due, a body of JSON, nothing
 * sealed, not dispensable.
 */
type Usual = 'owner' | 'target' | 'dueMs' | 'body' | 'sealedAs' | 'dispensable'

type Declaration<T, I, O, G> = Omit<Table<T, I, O, G>, Usual> & Partial<Pick<Table<T, I, O, G>, Usual>>

/** Declares a table. */
export function defineTable<T extends I & O & G, I, O = unknown, G = unknown>(
  declaration: Declaration<T, I, O, G>,
): Table<T, I, O, G> {
  return {
    owner: () => '',
    target: () => '',
    dueMs: () => null,
    body: (record) => JSON.stringify(record),
    sealedAs: () => undefined,
    dispensable: false,
    ...declaration,
  }
}

/** Reads a record that is the whole body of its row. */
export function fromJson<T>({ body }: Stored): T {
  return JSON.parse(body) as T
}

/** The domain of what belongs to no Region. */
export function global(): string {
  return 'global'
}

/** The domain of a row whose id begins with its Region. */
export function firstPart(id: string): string {
  return id.split('/', 1)[0] ?? ''
}

/** The domain of a row whose id has its Region in the second place. */
export function secondPart(id: string): string {
  return id.split('/', 2)[1] ?? ''
}
