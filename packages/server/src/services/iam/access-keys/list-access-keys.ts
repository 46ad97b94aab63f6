import { type AccessKeyRecord, accessKeyTable } from '../../../vault/records/access-key.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { type Page, everyRow } from '../../../vault/storage/page.ts'
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
    const { records } = call.services
    if (isAboutRoot(call.input, call.caller)) return { AccessKeyMetadata: [], IsTruncated: false }
    const { id: principalId, value } = (await userIn(call)).entry
    const keys = async function* (after?: string): AsyncGenerator<Listed<ReturnType<typeof keyView>>> {
      const list = (page: Page): Promise<Authentic<AccessKeyRecord>[]> =>
        records.listByOwner(accessKeyTable, { principalId }, page)
      for await (const key of everyRow(list, undefined, after)) {
        yield { id: key.id, value: keyView(key.value, value.userName) }
      }
    }
    const { items, end } = await readPage(call, ['ListAccessKeys', principalId], keys)
    return { AccessKeyMetadata: items, ...end }
  },
})
