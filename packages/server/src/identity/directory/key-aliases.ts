import { IntegrityError } from '../../vault/hierarchy/sealing.ts'
import { everyRow } from '../../vault/storage/page.ts'
import type { AliasRecord, KeyName, KeyRecord } from '../../domain/keys/record.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import type { RecordReader } from '../../vault/records/records.ts'

/** Looks up aliases and keys, and refreshes them. */
interface AliasSource {
  alias(place: { accountId: string; region: string }, name: string): Promise<Authentic<AliasRecord> | undefined>
  key(name: KeyName): Promise<Authentic<KeyRecord> | undefined>
  catchUp(): Promise<void>
}

/** How often an alias and its key are read if they contradict each other. After that it is an error, not a race. */
const MAX_READS = 4

/**
 * Returns the names of a key's aliases, in ascending order of UTF-8 bytes. They come from the key's own row, so that
 * removing a row of table `alias` cannot remove a name. For a key of an earlier build without them, from the rows of
 * its aliases.
 */
export async function aliasesOfKey(key: KeyRecord, { records }: { records: RecordReader }): Promise<readonly string[]> {
  if (key.aliases) return key.aliases
  const target = { region: key.region, targetKeyId: key.keyId }
  const aliases = everyRow((page) => records.listByTarget(aliasTable, target, page))
  return Array.fromAsync(aliases, ({ value }) => value.name)
}

/**
 * Returns the key that an alias refers to, or `undefined`. Throws {@link IntegrityError} if the key does not have that
 * name: the row of the alias is then an old one that was restored.
 */
export async function keyOfAlias(
  place: { accountId: string; region: string },
  name: string,
  directory: AliasSource,
): Promise<Authentic<KeyRecord> | undefined> {
  for (let attempt = 1; ; attempt++) {
    const alias = await directory.alias(place, name)
    const key = alias && (await directory.key({ region: place.region, keyId: alias.value.targetKeyId }))
    if (key?.value.aliases?.includes(name) !== false) return key
    // The alias can have moved between the two reads, which are not atomic.
    if (attempt === MAX_READS) throw new IntegrityError(`the alias ${name} refers to a key without that name`)
    await directory.catchUp()
  }
}
