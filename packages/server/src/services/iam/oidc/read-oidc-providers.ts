import { oidcProviderArn } from '../../../identity/accounts/entity-arns.ts'
import { oidcProviderTable } from '../../../vault/records/oidc-provider.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { queryOperation } from '../../../execution/define.ts'
import { arnOfProvider, needsOnProvider, providerArnFault, requireProvider } from './oidc-providers.ts'
import { iamTags } from '../tags.ts'

export const getOpenIDConnectProvider = queryOperation<'iam', 'GetOpenIDConnectProvider'>('iam', {
  name: 'GetOpenIDConnectProvider',
  summary: 'Returns an OpenID Connect provider of the account.',
  readOnly: true,
  audit: { request: ['OpenIDConnectProviderArn'], response: [] },
  check: providerArnFault,
  needs: needsOnProvider('GetOpenIDConnectProvider'),

  async run(call) {
    const { provider, clientIds, thumbprints, tags, createdMs } = (await requireProvider(call.input, call)).value
    return {
      Url: provider,
      ClientIDList: clientIds,
      ThumbprintList: thumbprints,
      CreateDate: new Date(createdMs),
      ...(tags.length > 0 && { Tags: iamTags(tags) }),
    }
  },
})

export const listOpenIDConnectProviders = queryOperation<'iam', 'ListOpenIDConnectProviders'>('iam', {
  name: 'ListOpenIDConnectProviders',
  summary: 'Lists the OpenID Connect providers of the account.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: (_input, { caller }) => {
    const named = oidcProviderArn({ accountId: caller.principal.accountId, provider: '*' })
    return [{ action: 'iam:ListOpenIDConnectProviders', resource: '*', named }]
  },

  async run({ caller, services: { records } }) {
    const { accountId } = caller.principal
    const arns: { Arn: string }[] = []
    for await (const { value } of everyRow((page) => records.listByOwner(oidcProviderTable, { accountId }, page))) {
      arns.push({ Arn: arnOfProvider(value) })
    }
    return { OpenIDConnectProviderList: arns }
  },
})
