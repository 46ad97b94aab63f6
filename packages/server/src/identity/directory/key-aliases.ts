import { IntegrityError } from '../../vault/hierarchy/sealing.ts'
import { everyRow } from '../../vault/storage/page.ts'
import type { AliasRecord, KeyRecord } from '../../domain/keys/record.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import type { Records } from '../../vault/records/records.ts'

/** Where aliases and keys are looked up, and how to look again. */
interface AliasSource {
  alias(place: { accountId: string; region: string }, name: string): Promise<Authentic<AliasRecord> | undefined>
  key(region: string, keyId: string): Promise<Authentic<KeyRecord> | undefined>
  catchUp(): Promise<void>
}

/** Reads of an alias and its key that contradict each other, after which it is a fault and no race. */
const MAX_READS = 4

/**
 * The names of a key's aliases, ascending by UTF-8 bytes: from its own row, so that a removed row of table `alias` takes no
 * name away. Of a key of an earlier build whose row does not have them yet, from the rows of its aliases.
 */
export async function aliasesOfKey(key: KeyRecord, { records }: { records: Records }): Promise<readonly string[]> {
  if (key.aliases) return key.aliases
  const target = { region: key.region, targetKeyId: key.keyId }
  const aliases = everyRow((page) => records.listByTarget(aliasTable, target, page))
  return Array.fromAsync(aliases, ({ value }) => value.name)
}

/**
 * The key that an alias points to, or `undefined`. Throws {@link IntegrityError} where the key does not have that name: then
 * the row of the alias is an old one that was put back.
 */
export async function keyOfAlias(
  place: { accountId: string; region: string },
  name: string,
  directory: AliasSource,
): Promise<Authentic<KeyRecord> | undefined> {
  for (let attempt = 1; ; attempt++) {
    const alias = await directory.alias(place, name)
    const key = alias && (await directory.key(place.region, alias.value.targetKeyId))
    if (key?.value.aliases?.includes(name) !== false) return key
    // The alias may have moved between the two reads, which are not of one moment.
    if (attempt === MAX_READS) throw new IntegrityError(`the alias ${name} points to a key without that name`)
    await directory.catchUp()
  }
}
