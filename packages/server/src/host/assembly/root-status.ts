import { providerAt } from '../../vault/root/providers.ts'
import { removedWays } from '../../vault/records/removed-ways.ts'
import { RootError } from '../../vault/root/root-error.ts'
import type { UnsealedRoot } from '../../vault/root/root.ts'
import { readWays } from '../../vault/root/ways/folder.ts'
import type { Answers } from '../../vault/root/ways/kind.ts'
import { kindNamed } from '../../vault/root/ways/kinds.ts'
import { wayProvider } from '../../vault/root/ways/open-way.ts'
import { lastOpened } from '../../vault/root/ways/opened-note.ts'
import { judge, type StoredWay } from '../../vault/root/ways/way.ts'
import { openDataFolder, rootPlaces } from '../../vault/storage/data-folder.ts'
import type { DataFolder, Vault } from './open.ts'

/** A way to the root, as operators see it. */
export interface RootWayStatus {
  /** The id of the way; of a root file that the manifest names and that contains the root itself, its path. */
  id: string
  kind: string
  name: string
  /** What and where it is. Nothing secret. */
  description: string
  createdMs?: number
  /** When it opened the root last, to an hour. Not authenticated. */
  openedMs?: number
  /** The generations of the root that it holds, newest first. */
  generations?: readonly number[]
  recipient?: string
  needsPerson: boolean
  /**
   * `good`; `older`: it holds only generations that the root no longer has; `changed`: its file is not as Keyhold wrote it;
   * `removed`: it was removed, and its file is there again; `unusable`: it cannot be read.
   */
  state: 'good' | 'older' | 'changed' | 'removed' | 'unusable'
  /** Whether it opens the root now, where that was tried. */
  opens?: boolean
  /** What is wrong with it. */
  problem?: string
}

export interface RootStatus {
  rootId: string
  /** The newest generation. */
  generation: number
  ways: readonly RootWayStatus[]
  /** What is lost with one thing more, as sentences. */
  warnings: readonly string[]
}

/** What opens backups, too, and what is kept apart from the machine. */
const RECOVERY = ['shares', 'recipient']
const STATES = { genuine: 'good', older: 'older', false: 'changed' } as const
const PROBLEMS = {
  good: undefined,
  older: 'It holds only generations that the root no longer has: remove it, and add it again.',
  changed: 'Its file is not as Keyhold wrote it. It may open the root; nothing is encrypted to its recipient.',
  removed: 'It was removed, and its file is there again. Nothing is encrypted to its recipient.',
}

/**
 * Every way to the root of an open folder. With `check`, those that need no person are tried as a start would try them; a token may
 * count a wrong PIN.
 */
export async function rootStatus(
  named: DataFolder,
  { folder, root, records, random }: Pick<Vault, 'folder' | 'root' | 'records' | 'random'>,
  { check }: { check: boolean },
): Promise<RootStatus> {
  const answers = typeof named === 'string' ? {} : (named.answers ?? {})
  const { ways, unusable } = await readWays(folder)
  const removed = await removedWays(records)
  const tried = { folder, root, random, answers, check, removed }
  const statuses: RootWayStatus[] = []
  for (const { file } of rootPlaces(await openDataFolder(folder))) {
    if (file !== undefined) statuses.push(await statusOfFile(file, tried))
  }
  for (const way of ways) statuses.push(await statusOf(way, tried))
  for (const { file, error } of unusable) statuses.push(unusableWay(file, error))
  return { rootId: root.id, generation: root.generation, ways: statuses, warnings: warningsOn(statuses) }
}

interface Trying extends Pick<Vault, 'folder' | 'root' | 'random'> {
  answers: Answers
  check: boolean
  removed: ReadonlySet<string>
}

/** A root file that contains the root itself is always tried: its generations are in it alone. */
async function statusOfFile(file: string, { folder, root, random }: Trying): Promise<RootWayStatus> {
  const provider = providerAt({ kind: 'file', file }, folder, random)
  const common = { id: file, kind: 'root-file-1', name: 'root-file', description: provider.description }
  const tried = await tryToOpen(() => provider.unseal(root.id))
  if ('problem' in tried) return { ...common, needsPerson: false, state: 'unusable', opens: false, ...tried }
  return { ...common, needsPerson: false, state: 'good', opens: true, generations: tried.generations }
}

async function statusOf(way: StoredWay, trying: Trying): Promise<RootWayStatus> {
  const { folder, root, random, answers, check, removed } = trying
  const kind = await kindNamed(way.kind)
  const needsPerson = kind?.needsPerson(way.parameters) ?? true
  const state = removed.has(way.id) ? 'removed' : STATES[await judge(way, root)]
  const provider = wayProvider(way, { folder, random, answers })
  const tried = check && !needsPerson ? await tryToOpen(() => provider.unseal(root.id)) : undefined
  const problem = PROBLEMS[state] ?? (tried && 'problem' in tried ? tried.problem : undefined)
  const openedMs = await lastOpened(folder, way.id)
  return {
    id: way.id,
    kind: way.kind,
    name: way.name,
    description: kind?.describe(way.parameters) ?? 'of a kind that this Keyhold does not know',
    createdMs: way.createdMs,
    ...(openedMs !== undefined && { openedMs }),
    generations: way.generations,
    recipient: way.recipient,
    needsPerson,
    state,
    ...(tried && { opens: !('problem' in tried) }),
    ...(problem !== undefined && { problem }),
  }
}

function unusableWay(file: string, { message }: RootError): RootWayStatus {
  const id = /([0-9a-f-]{36})\.json$/.exec(file)?.[1] ?? file
  return { id, kind: 'unknown', name: id, description: file, needsPerson: true, state: 'unusable', problem: message }
}

async function tryToOpen(
  unseal: () => Promise<UnsealedRoot>,
): Promise<{ generations: readonly number[] } | { problem: string }> {
  try {
    const root = await unseal()
    const { generations } = root
    await root.destroy()
    return { generations }
  } catch (error) {
    if (!(error instanceof RootError)) throw error
    return { problem: error.message }
  }
}

/** What someone who looks after the folder should know about these ways. */
export function warningsOn(ways: readonly RootWayStatus[]): string[] {
  const good = ways.filter(({ state, opens }) => state === 'good' && opens !== false)
  const warnings: string[] = []
  if (good.length === 1) {
    warnings.push('There is one way to the root: if it is lost, everything is. Add another: keyhold operator root add')
  }
  if (!good.some(({ needsPerson }) => !needsPerson)) {
    warnings.push('Every way needs a person: a server starts sealed, and waits for one.')
  }
  if (!good.some(({ kind }) => RECOVERY.includes(kind))) {
    warnings.push('There is no recovery: no shares, and no age identity that is kept elsewhere.')
  }
  return warnings
}

/** Whether a way can be relied on when others go: it opened the root just now, or waits for a person to do so. */
export async function canBeReliedOn(way: RootWayStatus, root: UnsealedRoot): Promise<boolean> {
  const holdsNewest = way.generations?.[0] === root.generation
  return way.state === 'good' && holdsNewest && (way.opens ?? way.needsPerson)
}
