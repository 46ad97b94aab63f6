import { body } from '../../../vault/records/entry.ts'
import type { AccessKeyRecord } from '../../../vault/records/access-key.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import { queryOperation } from '../../../execution/define.ts'
import { keyView } from './access-keys.ts'
import { isAboutRoot, needsOnUser, userIn } from '../users/caller-user.ts'
import { type Listed, readPage } from '../pages.ts'

export const listAccessKeys = queryOperation<'iam', 'ListAccessKeys'>('iam', {
  name: 'ListAccessKeys',
  summary: 'Lists the access keys of a user, by default the caller.',
  readOnly: true,
  audit: { request: ['UserName', 'Marker', 'MaxItems'], response: [] },
  needs: needsOnUser('ListAccessKeys'),

  async run(call) {
    const { store, hierarchy } = call.services
    if (isAboutRoot(call.input, call.caller)) return { AccessKeyMetadata: [], IsTruncated: false }
    const { row: user, value } = (await userIn(call)).entry
    const keys = async function* (after?: string): AsyncGenerator<Listed<ReturnType<typeof keyView>>> {
      const rows = everyRow((page) => store.listByOwner('access_key', user.id, { ...page, after: page.after ?? after }))
      for await (const row of rows) {
        yield { id: row.id, value: keyView(body<AccessKeyRecord>(await hierarchy.verify(row)), value.userName) }
      }
    }
    const { items, end } = await readPage(call, ['ListAccessKeys', user.id], keys)
    return { AccessKeyMetadata: items, ...end }
  },
})
