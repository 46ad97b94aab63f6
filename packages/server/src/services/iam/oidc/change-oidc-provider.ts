import { queryOperation } from '../../../execution/define.ts'
import {
  changeProvider,
  findProvider,
  needsOnProvider,
  providerArnFault,
  requireOwnAccount,
  requireProvider,
  thumbprintFault,
} from './oidc-providers.ts'
import { requireWithin } from '../account/quotas.ts'

export const addClientIDToOpenIDConnectProvider = queryOperation<'iam', 'AddClientIDToOpenIDConnectProvider'>('iam', {
  name: 'AddClientIDToOpenIDConnectProvider',
  summary: 'Adds an audience (client id) to an OpenID Connect provider. Adding an existing one has no effect.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  audit: { request: ['OpenIDConnectProviderArn', 'ClientID'], response: [] },
  check: providerArnFault,
  needs: needsOnProvider('AddClientIDToOpenIDConnectProvider'),

  async run(call) {
    const provider = await requireProvider(call.input, call)
    const { clientIds } = provider.value
    if (clientIds.includes(call.input.ClientID)) return undefined
    requireWithin('ClientIdsPerOpenIdConnectProvider', clientIds.length + 1)
    changeProvider(provider, { clientIds: [...clientIds, call.input.ClientID] }, call)
    return undefined
  },
})

export const removeClientIDFromOpenIDConnectProvider = queryOperation<'iam', 'RemoveClientIDFromOpenIDConnectProvider'>(
  'iam',
  {
    name: 'RemoveClientIDFromOpenIDConnectProvider',
    summary: 'Removes an audience (client id) from an OpenID Connect provider. Removing a missing one has no effect.',
    readOnly: false,
    afterRollback: 'again',
    audit: { request: ['OpenIDConnectProviderArn', 'ClientID'], response: [] },
    check: providerArnFault,
    needs: needsOnProvider('RemoveClientIDFromOpenIDConnectProvider'),

    async run(call) {
      const provider = await requireProvider(call.input, call)
      const clientIds = provider.value.clientIds.filter((one) => one !== call.input.ClientID)
      if (clientIds.length < provider.value.clientIds.length) changeProvider(provider, { clientIds }, call)
      return undefined
    },
  },
)

export const updateOpenIDConnectProviderThumbprint = queryOperation<'iam', 'UpdateOpenIDConnectProviderThumbprint'>(
  'iam',
  {
    name: 'UpdateOpenIDConnectProviderThumbprint',
    summary: 'Replaces the thumbprints of an OpenID Connect provider. They are stored but not used.',
    readOnly: false,
    afterRollback: 'again',
    audit: { request: ['OpenIDConnectProviderArn', 'ThumbprintList'], response: [] },
    check: (input) => providerArnFault(input) ?? thumbprintFault(input.ThumbprintList),
    needs: needsOnProvider('UpdateOpenIDConnectProviderThumbprint'),

    async run(call) {
      const provider = await requireProvider(call.input, call)
      changeProvider(provider, { thumbprints: call.input.ThumbprintList }, call)
      return undefined
    },
  },
)

export const deleteOpenIDConnectProvider = queryOperation<'iam', 'DeleteOpenIDConnectProvider'>('iam', {
  name: 'DeleteOpenIDConnectProvider',
  summary:
    'Deletes an OpenID Connect provider. Its tokens are no longer accepted for roles of the account. Existing sessions continue.',
  readOnly: false,
  afterRollback: 'again',
  audit: { request: ['OpenIDConnectProviderArn'], response: [] },
  check: providerArnFault,
  needs: needsOnProvider('DeleteOpenIDConnectProvider'),

  // Source: IAM API Reference: the operation is idempotent, even if the provider never existed. For a provider of
  // another account it returns the same error as the other operations, so that callers do not believe they have deleted
  // it.
  async run(call) {
    requireOwnAccount(call.input, call)
    const provider = await findProvider(call.input, call)
    if (provider) call.changes.delete(provider)
    return undefined
  },
})
