import { type IamInput, queryError, type ServiceError } from '@keyhold/protocol'
import { oidcProviderArn } from '../../../identity/accounts/entity-arns.ts'
import { type OidcProviderRecord, oidcProviderTable } from '../../../vault/records/oidc-provider.ts'
import { queryOperation } from '../../../execution/define.ts'
import { requireRoomForProvider } from '../account/account-quotas.ts'
import { arnOfProvider, thumbprintFault } from './oidc-providers.ts'
import { quotaFault } from '../account/quotas.ts'
import { EXACT_CASE, iamTags, mergedTags, tagFault } from '../tags.ts'

type Create = IamInput<'CreateOpenIDConnectProvider'>

export const createOpenIDConnectProvider = queryOperation<'iam', 'CreateOpenIDConnectProvider'>('iam', {
  name: 'CreateOpenIDConnectProvider',
  summary:
    "Creates an OpenID Connect provider that trust policies of the account can name. Its tokens are accepted if the server's operator has " +
    'configured the issuer too. Thumbprints are stored but not used.',
  readOnly: false,
  afterRollback: 'again where nothing is missing',
  audit: { request: ['Url', 'ClientIDList', 'ThumbprintList', 'Tags'], response: ['OpenIDConnectProviderArn', 'Tags'] },

  check: (input) => urlFault(input) ?? listFault(input) ?? tagFault(input.Tags, EXACT_CASE),

  needs({ Url, Tags }, { caller }) {
    const resource = oidcProviderArn({ accountId: caller.principal.accountId, provider: providerOf(Url) })
    const create = { action: 'iam:CreateOpenIDConnectProvider', resource }
    return Tags?.length ? [create, { action: 'iam:TagOpenIDConnectProvider', resource }] : [create]
  },

  async run(call) {
    const { input, caller, nowMs, services, changes } = call
    const record = newProvider(input, caller.principal.accountId, nowMs)
    if (await services.directory.oidcProvider(record)) {
      throw queryError('EntityAlreadyExists', `Provider with url ${input.Url} already exists.`)
    }
    await requireRoomForProvider(call)
    changes.insert(oidcProviderTable, record)
    const OpenIDConnectProviderArn = arnOfProvider(record)
    return { OpenIDConnectProviderArn, ...(record.tags.length > 0 && { Tags: iamTags(record.tags) }) }
  },
})

function newProvider(input: Create, accountId: string, nowMs: number): OidcProviderRecord {
  return {
    accountId,
    provider: providerOf(input.Url),
    clientIds: [...new Set(input.ClientIDList)],
    thumbprints: input.ThumbprintList ?? [],
    tags: mergedTags([], input.Tags, EXACT_CASE),
    createdMs: nowMs,
  }
}

function providerOf(url: string): string {
  return url.replace(/^https:\/\//, '')
}

/** OpenID Connect Core 1.0, section 2, `iss`: scheme, host, and optionally port and path. */
function urlFault({ Url }: Create): ServiceError | undefined {
  const url = URL.parse(Url)
  const isIssuer = url?.protocol === 'https:' && (Url === url.origin || Url === url.origin + url.pathname)
  return isIssuer ? undefined : queryError('InvalidInput', 'Invalid Open ID Connect Provider URL')
}

function listFault({ ClientIDList = [], ThumbprintList }: Create): ServiceError | undefined {
  return quotaFault('ClientIdsPerOpenIdConnectProvider', ClientIDList.length) ?? thumbprintFault(ThumbprintList)
}
