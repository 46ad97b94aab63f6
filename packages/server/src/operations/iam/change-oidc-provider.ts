import { queryOperation } from '../define.ts'
import { changeAudiences, findProvider, needsOnProvider, providerArnFault, requireProvider } from './oidc-providers.ts'
import { requireWithin } from './quotas.ts'

export const addClientIDToOpenIDConnectProvider = queryOperation<'iam', 'AddClientIDToOpenIDConnectProvider'>('iam', {
  name: 'AddClientIDToOpenIDConnectProvider',
  summary: 'Accepts tokens for one more audience. One that is there already is no error.',
  readOnly: false,
  audit: { request: ['OpenIDConnectProviderArn', 'ClientID'], response: [] },
  check: providerArnFault,
  needs: needsOnProvider('AddClientIDToOpenIDConnectProvider'),

  async run(call) {
    const provider = await requireProvider(call.input, call)
    const { clientIds } = provider.value
    if (clientIds.includes(call.input.ClientID)) return undefined
    requireWithin('ClientIdsPerOpenIdConnectProvider', clientIds.length + 1)
    await changeAudiences(provider, [...clientIds, call.input.ClientID], call)
    return undefined
  },
})

export const removeClientIDFromOpenIDConnectProvider = queryOperation<'iam', 'RemoveClientIDFromOpenIDConnectProvider'>(
  'iam',
  {
    name: 'RemoveClientIDFromOpenIDConnectProvider',
    summary: 'Accepts tokens for an audience no longer. One that is not there is no error.',
    readOnly: false,
    audit: { request: ['OpenIDConnectProviderArn', 'ClientID'], response: [] },
    check: providerArnFault,
    needs: needsOnProvider('RemoveClientIDFromOpenIDConnectProvider'),

    async run(call) {
      const provider = await requireProvider(call.input, call)
      const remaining = provider.value.clientIds.filter((one) => one !== call.input.ClientID)
      if (remaining.length < provider.value.clientIds.length) await changeAudiences(provider, remaining, call)
      return undefined
    },
  },
)

export const deleteOpenIDConnectProvider = queryOperation<'iam', 'DeleteOpenIDConnectProvider'>('iam', {
  name: 'DeleteOpenIDConnectProvider',
  summary: 'Accepts no new tokens of an issuer for roles of the account. Sessions that exist go on.',
  readOnly: false,
  audit: { request: ['OpenIDConnectProviderArn'], response: [] },
  check: providerArnFault,
  needs: needsOnProvider('DeleteOpenIDConnectProvider'),

  // Source: IAM API Reference: the operation is idempotent, also for a provider that never was.
  async run(call) {
    const provider = await findProvider(call.input, call)
    if (provider) call.changes.delete(provider.row)
    return undefined
  },
})
