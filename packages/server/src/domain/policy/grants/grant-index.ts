import type { AccessGrant } from '../access.ts'
import { ContextPairs } from './context-pairs.ts'

/** A search in an index. */
export interface GrantQuestion {
  /** The grant operation that the request needs. */
  operation: string
  /** The immutable ids by which a grantee can refer to the principal. */
  principalIds: readonly string[]
  /** The single value of aws:SourceArn, if the request has one. */
  sourceArn?: string | undefined
  /** The canonical form that EncryptionContextEquals must have, if such a constraint could hold. */
  equals?: string | undefined
  /** The pairs that must include EncryptionContextSubset, or `any` if constraints on the context do not apply. */
  pairs: ContextPairs | 'any'
}

interface Entry<G> {
  grant: G
  /** The pairs of EncryptionContextSubset. */
  subset: readonly string[]
}

type Entries<G> = Map<string, Entry<G>>

/** Grants that differ only in their constraint on the encryption context. */
interface Leaf<G> {
  free: Entries<G>
  /** By the canonical form of EncryptionContextEquals. */
  equals: Map<string, Entries<G>>
  /** By one pair of EncryptionContextSubset. A context that meets the constraint has that pair too. */
  subset: Map<string, Entries<G>>
}

/**
 * Finds grants for one grantee on one key by what they require: operation, immutable id of the grantee, SourceArn, and
 * the constraint on the encryption context. A key can have 50,000 grants, of which a request may examine only a few.
 *
 * A grant that requires several pairs is filed under one of them, the one with the fewest grants at the time. A search
 * also yields for entries that do not match, so that its caller can limit how many it examines in one turn.
 */
export class GrantIndex<G extends AccessGrant> {
  readonly #grants = new Map<string, G>()
  readonly #leaves = new Map<string, Leaf<G>>()

  get size(): number {
    return this.#grants.size
  }

  /** Whether the index is completely empty, with nothing left of removed grants. */
  get isEmpty(): boolean {
    return this.#grants.size === 0 && this.#leaves.size === 0
  }

  /** All grants, in the order of their addition. */
  all(): Iterable<G> {
    return this.#grants.values()
  }

  add(grant: G): void {
    this.remove(grant.grantId)
    this.#grants.set(grant.grantId, grant)
    const { equals, subset } = demandsOf(grant)
    for (const operation of new Set(grant.operations)) {
      entriesIn(this.#leaf(operation, grant), equals, subset).set(grant.grantId, { grant, subset })
    }
  }

  /** Returns false if there is no such grant. */
  remove(grantId: string): boolean {
    const grant = this.#grants.get(grantId)
    if (grant === undefined) return false
    this.#grants.delete(grantId)
    const demands = demandsOf(grant)
    for (const operation of grant.operations) {
      const key = leafKey(operation, grant.grantee.principalId, grant.constraints?.sourceArn)
      const leaf = this.#leaves.get(key)
      if (leaf && isEmptyWithout(leaf, grantId, demands)) this.#leaves.delete(key)
    }
    return true
  }

  /**
   * Yields the grants that match the question, each once, and `undefined` for each examined grant that does not match.
   * grants/match.ts decides whether they allow a request: this search takes the grantee's name and the key of the index
   * for granted.
   */
  *search({ operation, principalIds, sourceArn, equals, pairs }: GrantQuestion): Generator<G | undefined> {
    for (const principalId of new Set([undefined, ...principalIds])) {
      for (const source of sourceArn === undefined ? [undefined] : [undefined, sourceArn]) {
        const leaf = this.#leaves.get(leafKey(operation, principalId, source))
        if (leaf) yield* searchLeaf(leaf, equals, pairs)
      }
    }
  }

  #leaf(operation: string, { grantee, constraints }: G): Leaf<G> {
    const key = leafKey(operation, grantee.principalId, constraints?.sourceArn)
    const leaf = this.#leaves.get(key) ?? { free: new Map(), equals: new Map(), subset: new Map() }
    this.#leaves.set(key, leaf)
    return leaf
  }
}

function* searchLeaf<G>(
  leaf: Leaf<G>,
  equals: string | undefined,
  pairs: GrantQuestion['pairs'],
): Generator<G | undefined> {
  const { free, equals: byEquals, subset: bySubset } = leaf
  yield* each(free, 'any')
  if (pairs === 'any') {
    for (const by of [byEquals, bySubset]) for (const entries of by.values()) yield* each(entries, 'any')
    return
  }
  if (equals !== undefined) yield* each(byEquals.get(equals), pairs)
  if (bySubset.size > 0) for (const pair of pairs.pairs) yield* each(bySubset.get(pair), pairs)
}

function* each<G>(entries: Entries<G> | undefined, pairs: GrantQuestion['pairs']): Generator<G | undefined> {
  if (entries === undefined) return
  for (const { grant, subset } of entries.values()) {
    yield pairs === 'any' || pairs.includes(subset) ? grant : undefined
  }
}

/** What a grant requires of the encryption context. */
interface Demands {
  /** The canonical form of EncryptionContextEquals. */
  equals: string | undefined
  /** The pairs of EncryptionContextSubset. */
  subset: readonly string[]
}

const NO_DEMANDS: Demands = Object.freeze({ equals: undefined, subset: [] })

function demandsOf({ constraints }: AccessGrant): Demands {
  const { encryptionContextEquals: equals, encryptionContextSubset: subset } = constraints ?? {}
  if (!equals && !subset) return NO_DEMANDS
  return { equals: equals && new ContextPairs(equals).canonical, subset: [...new ContextPairs(subset ?? {}).pairs] }
}

function entriesIn<G>(leaf: Leaf<G>, equals: string | undefined, subset: readonly string[]): Entries<G> {
  if (equals !== undefined) return entriesOf(leaf.equals, equals)
  const [first] = subset.toSorted((one, other) => sizeOf(leaf, one) - sizeOf(leaf, other))
  return first === undefined ? leaf.free : entriesOf(leaf.subset, first)
}

function sizeOf<G>({ subset }: Leaf<G>, pair: string): number {
  return subset.get(pair)?.size ?? 0
}

function entriesOf<G>(by: Map<string, Entries<G>>, key: string): Entries<G> {
  const entries = by.get(key) ?? new Map<string, Entry<G>>()
  by.set(key, entries)
  return entries
}

/** Removes the grant from the leaf. Returns true if the leaf is then empty. */
function isEmptyWithout<G>(leaf: Leaf<G>, grantId: string, { equals, subset }: Demands): boolean {
  leaf.free.delete(grantId)
  if (equals !== undefined) removeFrom(leaf.equals, equals, grantId)
  else for (const pair of subset) removeFrom(leaf.subset, pair, grantId)
  return leaf.free.size + leaf.equals.size + leaf.subset.size === 0
}

function removeFrom<G>(by: Map<string, Entries<G>>, key: string, grantId: string): void {
  const entries = by.get(key)
  entries?.delete(grantId)
  if (entries?.size === 0) by.delete(key)
}

function leafKey(operation: string, principalId: string | undefined, sourceArn: string | undefined): string {
  return `${operation}\n${principalId ?? ''}\n${sourceArn ?? ''}`
}
