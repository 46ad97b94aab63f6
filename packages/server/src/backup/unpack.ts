import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { applyChangesTo } from '../vault/storage/snapshot.ts'
import { readArchive, type Sink } from './archive-reader.ts'
import { BackupError } from './backup-error.ts'
import type { FoundBackup } from './chain.ts'
import { type Description, MEMBERS, parseDescription, parseSeal, sameMembers, type Seal } from './description.ts'
import type { TarMember } from './tar.ts'

/** What was unpacked, and what authenticates it once the root is open. */
export interface Unpacked {
  /** Of the newest backup. */
  description: Description
  seals: readonly { description: Description; seal: Seal }[]
  /** Of the newest backup. */
  canaries: Uint8Array
  /** Of its file, in hex. */
  sha256: string
}

/** Smaller members, which are read whole. */
const IN_MEMORY: ReadonlySet<string> = new Set([MEMBERS.description, MEMBERS.canaries, MEMBERS.seal])
const MAX_IN_MEMORY = 64 * 1024 * 1024
const FILES = /^(?:keyhold\.json|keyhold\.db|root\/[0-9a-f-]{36}\.json|audit\/[0-9a-f-]{36}\/\d{8}\.log)$/
const CHANGES = /^changes\/\d{8}\.jsonl$/
const CONTINUED = /^(audit\/[0-9a-f-]{36}\/\d{8}\.log)@(\d{1,15})$/

/**
 * Unpacks a chain of backups into an empty folder, and brings the database to the state of the newest. Every byte is as it was
 * encrypted; that Keyhold made it, and of which data folder, is only known once the seals are checked against the root. Waits for
 * the disk. Throws {@link BackupError}, and leaves what there is then.
 */
export function unpackChain(chain: readonly FoundBackup[], folder: string): Unpacked {
  const seals: { description: Description; seal: Seal }[] = []
  let [canaries, previous]: [Uint8Array, string | undefined] = [new Uint8Array(), undefined]
  for (const backup of chain) {
    const { base } = backup.description
    if (base?.sha256 !== previous) {
      throw new BackupError('chain', `${backup.file} continues another backup than the one before it in the chain.`)
    }
    const unpacked = unpackOne(backup, folder)
    previous = unpacked.sha256
    canaries = unpacked.small.get(MEMBERS.canaries) ?? new Uint8Array()
    seals.push({ description: backup.description, seal: unpacked.seal })
    if (base !== undefined) applyChanges(folder)
  }
  const newest = chain.at(-1)
  if (newest === undefined) throw new RangeError('a chain has at least one backup')
  return { description: newest.description, seals, canaries, sha256: previous ?? '' }
}

function unpackOne({ file, start, description }: FoundBackup, folder: string): Opened {
  // The ways of the newest backup are all that there were.
  rmSync(join(folder, 'root'), { recursive: true, force: true })
  const target = new Target(folder)
  try {
    const { members, sha256 } = readArchive(file, start, (member) => target.sinkFor(member))
    const seal = parseSeal(target.small.get(MEMBERS.seal) ?? new Uint8Array(), file)
    const again = parseDescription(MEMBERS.description, target.small.get(MEMBERS.description) ?? new Uint8Array(), file)
    const sealed = members.filter(({ name }) => name !== MEMBERS.seal)
    if (
      again.backupId !== description.backupId ||
      !sameMembers(seal.members, sealed) ||
      members.length !== sealed.length + 1
    ) {
      throw new BackupError('damaged', `${file} has not the members that its seal names.`)
    }
    return { small: target.small, seal, sha256 }
  } finally {
    target.close()
  }
}

interface Opened {
  small: ReadonlyMap<string, Uint8Array>
  seal: Seal
  sha256: string
}

/** Where the members of one backup go. Each name counts once. */
class Target {
  readonly small = new Map<string, Uint8Array>()
  readonly #folder: string
  readonly #seen = new Set<string>()
  #descriptor: number | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  sinkFor({ name, bytes }: TarMember): Sink {
    this.close()
    if (this.#seen.has(name)) throw strange(name)
    this.#seen.add(name)
    if (IN_MEMORY.has(name) && bytes <= MAX_IN_MEMORY) return this.#inMemory(name, bytes)
    const [, continued = '', from] = CONTINUED.exec(name) ?? []
    if (from !== undefined) return this.#toFile(continued, Number(from))
    if (FILES.test(name) || CHANGES.test(name)) return this.#toFile(name, 0)
    throw strange(name)
  }

  close(): void {
    if (this.#descriptor === undefined) return
    fsyncSync(this.#descriptor)
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #inMemory(name: string, bytes: number): Sink {
    const content = Buffer.alloc(bytes)
    this.small.set(name, content)
    let at = 0
    return (part) => {
      content.set(part, at)
      at += part.byteLength
    }
  }

  /** Over the file of an earlier backup, if it begins it; at its end, if it continues it. */
  #toFile(name: string, from: number): Sink {
    const path = join(this.#folder, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const flags = from === 0 ? constants.O_CREAT | constants.O_TRUNC : 0
    const descriptor = openSync(path, flags | constants.O_WRONLY, 0o600)
    this.#descriptor = descriptor
    if (fstatSync(descriptor).size !== from) throw strange(name)
    let position = from
    return (part) => {
      for (let at = 0; at < part.byteLength;) {
        const written = writeSync(descriptor, part, at, part.byteLength - at, position)
        at += written
        position += written
      }
    }
  }
}

function applyChanges(folder: string): void {
  const changes = join(folder, 'changes')
  applyChangesTo(join(folder, MEMBERS.database), linesIn(changes))
  rmSync(changes, { recursive: true })
}

/** Members of changes are small enough to be read whole. */
function* linesIn(folder: string): Generator<string> {
  for (let number = 1; ; number += 1) {
    let text: string
    try {
      text = readFileSync(join(folder, `${String(number).padStart(8, '0')}.jsonl`), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && number > 1) return
      throw error
    }
    for (const line of text.split('\n')) if (line !== '') yield line
  }
}

function strange(name: string): BackupError {
  return new BackupError('damaged', `The backup has a member ${name}, which does not belong there.`)
}
