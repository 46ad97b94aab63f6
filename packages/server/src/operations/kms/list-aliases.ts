import { serviceError } from '@keyhold/protocol'
import { body } from '../../directory/directory.ts'
import { aliasArn } from '../../keys/arns.ts'
import type { AliasRecord } from '../../keys/record.ts'
import { keyRowId, placeOwner } from '../../storage/row-ids.ts'
import type { Page, Row } from '../../storage/store.ts'
import { type Call, operation } from '../define.ts'
import { openMarker, sealMarker } from '../markers.ts'
import { limitFault } from './limits.ts'
import { kmsList } from './markers.ts'
import { page } from './paginate.ts'

/** Source: AWS KMS API Reference, ListAliases: 1 to 100 aliases, 50 unless asked otherwise. */
const LIMIT = { usual: 50, most: 100 }

export const listAliases = operation<'ListAliases'>({
  name: 'ListAliases',
  summary: 'Lists the aliases of the account in the Region, or those of one KMS key.',
  readOnly: true,
  grantable: false,
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: [] },

  check: ({ Limit }) => limitFault(Limit, LIMIT.most),

  async run(call) {
    const { Limit = LIMIT.usual, Marker, KeyId = '' } = call.input
    const list = kmsList('ListAliases', KeyId)
    const after = await openMarker(call, list, Marker)
    const rows = page(await aliasRows(call, { after, limit: Limit + 1 }), Limit)
    const records = await Promise.all(
      rows.items.map(async (row) => body<AliasRecord>(await call.services.hierarchy.verify(row))),
    )
    return {
      Aliases: records.map(aliasListEntry),
      Truncated: rows.last !== undefined,
      NextMarker: rows.last && (await sealMarker(call, list, rows.last.id)),
    }
  },
})

/** The aliases of the key that was asked for, or of the whole account and Region. */
async function aliasRows(call: Call<'ListAliases', never>, wanted: Page): Promise<Row[]> {
  const { caller, input, lookup, services } = call
  if (input.KeyId === undefined) {
    const owner = placeOwner({ accountId: caller.principal.accountId, region: caller.region })
    return services.store.listByOwner('alias', owner, wanted)
  }
  const { key, missing } = await lookup.byKeyReference(input.KeyId)
  if (missing) throw missing
  const { value } = key
  // The list shows the caller's own aliases; those of others are theirs, whoever may use the key.
  if (value.accountId !== caller.principal.accountId) throw serviceError('NotFoundException', `Invalid keyId '${input.KeyId}'`)
  return services.store.listByTarget('alias', keyRowId(value.region, value.keyId), wanted)
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
