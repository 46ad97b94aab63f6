import { placeOf } from '../../../identity/accounts/caller.ts'
import { aliasArn } from '../../../domain/keys/arns.ts'
import { predefinedAliases } from '../../../domain/keys/aws-managed.ts'
import type { AliasRecord } from '../../../domain/keys/record.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Page } from '../../../vault/storage/page.ts'
import { type Call, operation } from '../../../execution/define.ts'
import { openMarker, sealMarker } from '../../../execution/markers.ts'
import { limitFault, kmsList, page } from '../pages.ts'

/** Source: AWS KMS API Reference, ListAliases: 1 to 100 aliases, 50 by default. */
const LIMIT = { usual: 50, most: 100 }

export const listAliases = operation<'ListAliases'>({
  name: 'ListAliases',
  summary: 'Lists the aliases of the account in the Region, or those of one KMS key.',
  readOnly: true,
  crossAccount: 'no',
  grantable: false,
  rate: 500,
  about: 'no key',
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: [] },

  // Aliases belong to their account: other accounts that can use the key do not see its aliases here.
  async needs({ KeyId }, { caller, lookup }) {
    const own = { action: 'kms:ListAliases', resource: '*' }
    const key = KeyId === undefined ? undefined : await lookup.byKeyReference(KeyId)
    if (key?.arn === undefined || key.ownerAccountId === caller.principal.accountId) return [own]
    return [own, { ...own, resource: key.arn }]
  },

  check: ({ Limit }) => limitFault(Limit, LIMIT.most),

  async run(call) {
    const { Limit = LIMIT.usual, Marker, KeyId = '' } = call.input
    const list = kmsList('ListAliases', KeyId)
    const after = await openMarker(call, list, Marker)
    const listed = page(await listedAliases(call, { after, limit: Limit + 1 }), Limit)
    return {
      Aliases: listed.items.map(({ entry }) => entry),
      Truncated: listed.last !== undefined,
      NextMarker: listed.last && (await sealMarker(call, list, listed.last.id)),
    }
  },
})

/** An alias, with the row id that orders the list. */
interface Listed {
  id: string
  entry: object
}

/**
 * Returns stored aliases, merged with those that every account has before their keys exist. The latter have no target
 * key.
 */
async function listedAliases(call: Call<'ListAliases', never>, wanted: Page): Promise<Listed[]> {
  const aliases = await storedAliases(call, wanted)
  const stored = aliases.map(({ id, value }) => ({ id, entry: aliasListEntry(value) }))
  if (call.input.KeyId !== undefined) return stored
  const place = placeOf(call.caller)
  const unused = await Promise.all(
    predefinedAliases().map(async (name) => {
      const id = aliasTable.id({ ...place, name })
      if (wanted.after !== undefined && id <= wanted.after) return []
      const isStored = (await call.services.directory.alias(place, name)) !== undefined
      return isStored ? [] : [{ id, entry: { AliasName: name, AliasArn: aliasArn(place, name) } }]
    }),
  )
  return [...stored, ...unused.flat()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** Returns the aliases of the requested key, or of the whole account and Region. */
async function storedAliases(call: Call<'ListAliases', never>, wanted: Page): Promise<Authentic<AliasRecord>[]> {
  const { caller, input, lookup, services } = call
  if (input.KeyId === undefined) return services.records.listByOwner(aliasTable, placeOf(caller), wanted)
  const { key, missing } = await lookup.byKeyReference(input.KeyId)
  if (missing) throw missing
  const { region, keyId: targetKeyId } = key.value
  return services.records.listByTarget(aliasTable, { region, targetKeyId }, wanted)
}

function aliasListEntry(alias: AliasRecord): object {
  return {
    AliasName: alias.name,
    AliasArn: aliasArn(alias, alias.name),
    TargetKeyId: alias.targetKeyId,
    CreationDate: new Date(alias.createdMs),
    LastUpdatedDate: new Date(alias.updatedMs),
  }
}
