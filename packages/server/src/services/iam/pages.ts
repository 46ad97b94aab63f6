import { queryError, type ServiceError } from '@keyhold/protocol'
import { type List, openMarker, sealMarker } from '../../execution/markers.ts'
import { payerOf } from '../../execution/throttle/lines.ts'
import { type EntityKind, type EntityNameRecord, entityNameTable } from '../../vault/records/entity-name.ts'
import type { Context } from './entities.ts'
import { pacedRows } from './paced-rows.ts'

/** An item of a list, with the id that orders the list. An item without a value was examined and is not shown. */
export interface Listed<T> {
  id: string
  value: T | undefined
}

/** Returns everything after the item of this id, ordered by id. */
export type Source<T> = (after?: string) => Iterable<Listed<T>> | AsyncIterable<Listed<T>>

/** A page, with the members that every IAM list returns beside its items. */
interface Page<T> {
  items: T[]
  end: { IsTruncated: boolean; Marker?: string }
}

type ListCall = Context & { input: { Marker?: string; MaxItems?: number } }

/** IAM API Reference, MaxItems: "If you do not include this parameter, the number of items defaults to 100". */
const USUAL_ITEMS = 100

/**
 * The number of characters after which a page ends: several times a usual page. A thousand roles with their documents
 * have megabytes, which would be encoded at once and wait in memory for a slow client.
 */
const PAGE_CHARACTERS = 256 * 1024

/**
 * The maximum number of items to examine for one page, whether shown or not: as many as the largest page can show (IAM
 * API Reference, MaxItems).
 */
const MOST_LOOKED_AT = 1000

/**
 * Returns the requested page of a list. `filters` are the other parameters of the request that determine the list. The
 * page can be shorter than requested, or empty (IAM API Reference, MaxItems: "IAM might return fewer than the MaxItems
 * number of results, even when there are more results available"), because its work is limited even if few items are
 * shown. It ends when `isFull` returns true, with at least one item.
 */
export async function readPage<T>(
  call: ListCall,
  filters: readonly (string | undefined)[],
  source: Source<T>,
  isFull: () => boolean = () => false,
): Promise<Page<T>> {
  const { Marker, MaxItems = USUAL_ITEMS } = call.input
  const list: List = { parts: filters.map((filter) => filter ?? ''), invalid: invalidMarker }
  const items: T[] = []
  let lookedAt = 0
  let last: string | undefined
  let isTruncated = false
  let characters = 0
  for await (const { id, value } of source(await openMarker(call, list, Marker))) {
    const isEnough = items.length === MaxItems || (items.length > 0 && (characters >= PAGE_CHARACTERS || isFull()))
    isTruncated = lookedAt === MOST_LOOKED_AT || (isEnough && value !== undefined)
    if (isTruncated) break
    lookedAt += 1
    last = id
    if (value === undefined) continue
    items.push(value)
    characters += charactersOf(value)
  }
  call.services.throttle?.decided(payerOf(call.caller.principal), characters)
  if (!isTruncated || last === undefined) return { items, end: { IsTruncated: false } }
  return { items, end: { IsTruncated: true, Marker: await sealMarker(call, list, last) } }
}

/** A list in memory, ordered by `idOf`. */
export function inOrderOf<T>(idOf: (value: T) => string, values: readonly T[]): Source<T> {
  const listed = values.map((value) => ({ id: idOf(value), value })).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return (after) => (after === undefined ? listed : listed.filter(({ id }) => id > after))
}

/** A short list in memory, in its own order, for items whose names are too long for a marker. */
export function asOrdered<T>(values: readonly T[]): Source<T> {
  const listed = values.map((value, index) => ({ id: String(index).padStart(4, '0'), value }))
  return (after) => (after === undefined ? listed : listed.filter(({ id }) => id > after))
}

/** The names of one kind in the caller's account whose path starts with `pathPrefix`. */
export function entityNames(
  kind: EntityKind,
  pathPrefix: string | undefined,
  context: Context,
): Source<EntityNameRecord> {
  const { records } = context.services
  const { accountId } = context.caller.principal
  return async function* (after?: string) {
    const names = pacedRows((page) => records.listByOwner(entityNameTable, { accountId, kind }, page), context, after)
    for await (const { id, value } of names) {
      yield { id, value: value.path.startsWith(pathPrefix ?? '/') ? value : undefined }
    }
  }
}

/** Looks up the value for each item. Items without one (any more) are not shown. */
export function eachOf<T, U>(source: Source<T>, look: (value: T) => Promise<U | undefined>): Source<U> {
  return async function* (after?: string) {
    for await (const { id, value } of source(after)) {
      yield { id, value: value === undefined ? undefined : await look(value) }
    }
  }
}

/** Counts the characters of all strings, which are nearly all of the size. */
function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, member) => sum + charactersOf(member), 0)
}

function invalidMarker(): ServiceError {
  return queryError('ValidationError', 'Invalid Marker.')
}

/** The same list with a prefix on its ids. After an id of an earlier list, it starts from the beginning. */
export function under<T>(prefix: string, source: Source<T>): Source<T> {
  return async function* (after = '') {
    const isOfAnother = !after.startsWith(prefix)
    if (isOfAnother && after > prefix) return
    for await (const { id, value } of source(isOfAnother ? undefined : after.slice(prefix.length))) {
      yield { id: prefix + id, value }
    }
  }
}

/** Concatenates lists with {@link under} prefixes, in the order of the prefixes. */
export function oneAfterTheOther<T>(...sources: readonly Source<T>[]): Source<T> {
  return async function* (after?: string): AsyncGenerator<Listed<T>> {
    for (const source of sources) yield* source(after)
  }
}
