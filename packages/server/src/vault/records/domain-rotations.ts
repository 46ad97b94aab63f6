import { extname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { SeenTime, Wait } from '../../domain/keys/seen-time.ts'
import type { Random } from '../../platform/random.ts'
import { systemClock } from '../../platform/system-clock.ts'
import { domainKeyId, type GenerationFacts } from '../hierarchy/domain-key-row.ts'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import { LONGEST_LIFE_MS } from '../hierarchy/sealing.ts'
import type { OutboxEntry } from '../storage/journal.ts'
import type { CommitResult, Store } from '../storage/store.ts'
import { Changeset } from './changeset.ts'
import type { Records } from './records.ts'
import type { MoveSettings } from './row-mover.ts'
import { beginWait } from './waits.ts'

/** Source and build differ only in the file extension. */
const MOVER = fileURLToPath(new URL(`./row-mover${extname(import.meta.filename)}`, import.meta.url))

/** Rows that a step looks at: how long other commits may have to wait for it, a few milliseconds. */
const ROWS_PER_STEP = 128

/** A step that took longer waited for others itself. */
const MOST_PAUSE_MS = 25

interface Context {
  store: Store
  hierarchy: Hierarchy
  records: Records
  random: Random
}

/** The domains' keys, as an operator sees them. */
export interface DomainState {
  domain: string
  /** The generation that seals. */
  newest: GenerationFacts
  /** Older ones that a newer one has replaced, oldest first: they go once nothing needs them. */
  retired: GenerationFacts[]
}

/** How a pass went. */
export interface Moved {
  /** How many rows it moved. */
  rows: number
  /** How many rows of the domain it could not move, as they are not authentic. */
  refused: number
  /** Whether it came to the end of the database. */
  complete: boolean
}

/** A change to be committed together with its record. */
export type RotationChange = Pick<Records, 'commit'>

/**
 * Rotations of domain keys. All that is known of one is in the rows of the domain's keys, so it goes on after a crash at any
 * point, in whichever process:
 *
 * 1. One commit makes the next generation, and retires the ones before it ({@link begin}). Every other commit requires that
 *    the generation it writes under was not retired, so that none writes under an old one from then on.
 * 2. All rows are moved to the newest generation ({@link move}), as often as one likes.
 * 3. When callers can no longer have what was sealed under a retired generation, and a complete pass after its retirement
 *    has moved every row, one commit deletes it ({@link end}).
 */
export class DomainRotations {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Every domain. Rejects with IntegrityError for a key that is not authentic. */
  async states(): Promise<DomainState[]> {
    const byDomain = Map.groupBy(await this.#context.hierarchy.generations(), ({ domain }) => domain)
    return [...byDomain].map(([domain, generations]) => {
      const ascending = generations.toSorted((a, b) => a.generation - b.generation)
      const newest = ascending.at(-1) as GenerationFacts // groups are not empty
      return { domain, newest, retired: ascending.filter(({ retired }) => retired !== undefined) }
    })
  }

  /**
   * Makes the next generation of a domain, and retires the others. Adds the wait for what callers have to `changes`, which
   * are committed with it. Returns the commit, and the number; `undefined` if the domain has no key.
   */
  async begin(
    domain: string,
    { nowMs, seen }: { nowMs: number; seen: SeenTime | undefined },
    changes: Changeset,
  ): Promise<{ generation: number; change: RotationChange } | undefined> {
    const wait = await beginWait(LONGEST_LIFE_MS, nowMs, this.#context, changes)
    const madeSeen = { clock: wait.clock, seenMs: seen?.clock === wait.clock ? seen.seenMs : 0 }
    const next = await this.#context.hierarchy.nextGeneration(
      domain,
      { madeMs: nowMs, madeSeen },
      { atMs: nowMs, wait },
    )
    if (next === undefined) return undefined
    const keys = { put: next.rows, expect: [], deleted: [] }
    const commit = async (all: Changeset, entries: readonly OutboxEntry[] = []): Promise<CommitResult> => {
      const result = await this.#context.records.commit(all, entries, keys)
      this.#context.hierarchy.forgetDomainKeys()
      return result
    }
    return { generation: next.generation, change: { commit } }
  }

  /**
   * Moves every row of the domain to its newest generation, a step at a time, until all are done or `stopping` aborts. Safe
   * in several processes at once.
   */
  async move(
    domain: string,
    { stopping, tell }: { stopping?: AbortSignal; tell?: (moved: Moved) => void },
  ): Promise<Moved> {
    const { store, hierarchy, random } = this.#context
    const settings: MoveSettings = { domain, keys: await hierarchy.portableKeys(domain) }
    const pass = { module: MOVER, pass: random.uuid(), settings, limit: ROWS_PER_STEP }
    const moved: Moved = { rows: 0, refused: 0, complete: false }
    for (let after = 0; ;) {
      if (stopping?.aborted === true) return moved
      const begunMs = systemClock.monotonic()
      const { rewritten, refused, next } = await store.rewrite({ ...pass, after })
      const tookMs = systemClock.monotonic() - begunMs
      moved.rows += rewritten
      moved.refused += refused
      tell?.(moved)
      if (next === undefined) return { ...moved, complete: true }
      after = next
      // The lock is free for as long as it was held: a process that waits for it asks again only every few milliseconds.
      await setTimeout(Math.min(tookMs, MOST_PAUSE_MS))
    }
  }

  /**
   * The commit that destroys retired generations of a domain. Only after a complete {@link move} that began after they were
   * retired and refused no row, and when their waits are over.
   */
  end(retired: readonly GenerationFacts[]): RotationChange {
    const rows = retired.map(({ domain, generation, version }) => ({
      table: 'domain_key' as const,
      id: domainKeyId(domain, generation),
      version,
    }))
    const keys = { put: [], expect: rows, deleted: rows.map(({ table, id }) => ({ table, id })) }
    return {
      commit: async (changes, entries) => {
        const result = await this.#context.records.commit(changes, entries, keys)
        this.#context.hierarchy.forgetDomainKeys()
        return result
      },
    }
  }

  /** The wait of generations begins again: the clock that it began by is not there any more. */
  async waitAgain(retired: readonly GenerationFacts[], nowMs: number): Promise<boolean> {
    const changes = new Changeset()
    const wait: Wait = await beginWait(LONGEST_LIFE_MS, nowMs, this.#context, changes)
    const put = await this.#context.hierarchy.retiredAgain(retired, { atMs: nowMs, wait })
    const result = await this.#context.records.commit(changes, [], { put, expect: [], deleted: [] })
    return result.committed
  }
}
