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
    await changeProvider(provider, { clientIds: [...clientIds, call.input.ClientID] }, call)
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
      const clientIds = provider.value.clientIds.filter((one) => one !== call.input.ClientID)
      if (clientIds.length < provider.value.clientIds.length) await changeProvider(provider, { clientIds }, call)
      return undefined
    },
  },
)

export const updateOpenIDConnectProviderThumbprint = queryOperation<'iam', 'UpdateOpenIDConnectProviderThumbprint'>(
  'iam',
  {
    name: 'UpdateOpenIDConnectProviderThumbprint',
    summary: 'Replaces the thumbprints that are kept of an issuer. Nothing is compared with them.',
    readOnly: false,
    audit: { request: ['OpenIDConnectProviderArn', 'ThumbprintList'], response: [] },
    check: (input) => providerArnFault(input) ?? thumbprintFault(input.ThumbprintList),
    needs: needsOnProvider('UpdateOpenIDConnectProviderThumbprint'),

    async run(call) {
      const provider = await requireProvider(call.input, call)
      await changeProvider(provider, { thumbprints: call.input.ThumbprintList }, call)
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

  // Source: IAM API Reference: the operation is idempotent, also for a provider that never was. Of another account's it says
  // what the others do, so that no caller believes to have deleted it.
  async run(call) {
    requireOwnAccount(call.input, call)
    const provider = await findProvider(call.input, call)
    if (provider) call.changes.delete(provider.row)
    return undefined
  },
})
