import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { commitDeed, type Deed, type OperatorContext } from '../../../src/admin/operator/deed.ts'
import { OperatorError } from '../../../src/admin/operator/operator-error.ts'
import { settingTable } from '../../../src/vault/records/setting.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { TestService } from '../../support/service.ts'

const SETTING = { name: 'deed', text: 'done' }
const DEED: Deed = { name: 'AddRegion', accountId: '111122223333', request: { region: 'dc-north-1' } }

function contextOf({ services }: TestService): { context: OperatorContext; errors: string[] } {
  const errors: string[] = []
  const logger = { info() {}, warn() {}, error: (message: string) => void errors.push(message) }
  return { context: { ...services, logger, operator: { user: 'root' } }, errors }
}

test('a durable change is not a failure, even if its record cannot be relayed into the stream yet', async () => {
  await using service = await TestService.open()
  const { context, errors } = contextOf(service)
  mock.method(context.auditor, 'relay', () => Promise.reject(new Error('the disk is full')))
  const changes = new Changeset()
  changes.insert(settingTable, SETTING)
  await commitDeed(DEED, changes, context)
  assert.deepEqual(errors, ['an audit record waits in the database to be relayed'])
  assert.equal((await service.engine.store.get('setting', 'deed'))?.body, 'done')
})

test('a change is refused if another process was faster', async () => {
  await using service = await TestService.open()
  const { context } = contextOf(service)
  const insert = (): Changeset => {
    const changes = new Changeset()
    changes.insert(settingTable, SETTING)
    return changes
  }
  await commitDeed(DEED, insert(), context)
  await assert.rejects(commitDeed(DEED, insert(), context), OperatorError)
})
