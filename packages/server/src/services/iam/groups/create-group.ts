import { type GroupRecord, groupTable } from '../../../vault/records/group.ts'
import { identifier } from '../../../identity/accounts/identifiers.ts'
import { queryOperation } from '../../../execution/define.ts'
import { neededToMake } from '../needed.ts'
import { addEntity } from '../new-entity.ts'
import { groupView } from '../views.ts'

export const createGroup = queryOperation<'iam', 'CreateGroup'>('iam', {
  name: 'CreateGroup',
  summary: 'Creates a group.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  audit: { request: ['GroupName', 'Path'], response: ['Group'] },
  needs: ({ GroupName, Path }, context) => [
    neededToMake('CreateGroup', { kind: 'group', path: Path, name: GroupName }, context),
  ],

  async run(call) {
    const record: GroupRecord = {
      groupId: identifier('AGPA', call.services.random),
      groupName: call.input.GroupName,
      accountId: call.caller.principal.accountId,
      path: call.input.Path ?? '/',
      createdMs: call.nowMs,
      inline: {},
      attached: [],
      members: 0,
    }
    await addEntity({ kind: 'group', entityId: record.groupId, name: record.groupName }, groupTable, record, call)
    return { Group: groupView(record) }
  },
})
