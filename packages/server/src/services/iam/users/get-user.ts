import { queryOperation } from '../../../execution/define.ts'
import { isAboutRoot, needsOnUser, userIn } from './caller-user.ts'
import { rootView, wholeUser } from '../views.ts'

export const getUser = queryOperation<'iam', 'GetUser'>('iam', {
  name: 'GetUser',
  summary: 'Returns a user, by default the caller.',
  readOnly: true,
  audit: { request: ['UserName'], response: [] },
  needs: needsOnUser('GetUser'),

  async run(call) {
    const { input, caller, services } = call
    if (isAboutRoot(input, caller)) {
      const { accountId } = caller.principal
      return { User: rootView(accountId, await services.directory.account(accountId)) }
    }
    const { entry } = await userIn(call)
    return { User: await wholeUser(entry.value, services.directory) }
  },
})
