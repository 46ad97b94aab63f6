import { queryOperation } from '../define.ts'
import { needsOnUser, userIn } from './caller-user.ts'
import { wholeUser } from './views.ts'

export const getUser = queryOperation<'iam', 'GetUser'>('iam', {
  name: 'GetUser',
  summary: 'Describes a user: the caller unless another is named.',
  readOnly: true,
  audit: { request: ['UserName'], response: [] },
  needs: needsOnUser('GetUser'),

  async run(call) {
    const { entry } = await userIn(call)
    return { User: await wholeUser(entry.value, call.services.directory) }
  },
})
