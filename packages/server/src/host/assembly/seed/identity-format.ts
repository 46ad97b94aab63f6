import { flag, listOf, policyDocument, type Read, shapeOf, text, wholeNumber } from './kinds.ts'
import { attached, boundary, inline, ofAccount, path, someText, tagsOf } from './members.ts'

/** What a seed file says of identities and their policies. */

export const ACCESS_KEY = shapeOf('access key', {
  id: {
    kind: text({ wanted: 'AKIA and 16 capital letters or digits', pattern: /^AKIA[A-Z0-9]{16}$/ }),
    says: 'Its id.',
    required: true,
  },
  secret: {
    kind: text({ wanted: '16 to 128 printable characters', pattern: /^[!-~]{16,128}$/ }),
    says: 'Its secret.',
    required: true,
  },
  active: { kind: flag, says: 'Whether it can be used.', usual: true },
})

export const USER = shapeOf('user', {
  name: { kind: someText, says: 'Its name.', required: true },
  account: ofAccount,
  path,
  tags: tagsOf,
  boundary,
  groups: { kind: listOf(someText), says: 'Names of its groups, which are in this file.', usual: [] as string[] },
  policies: { ...attached, usual: [] as string[] },
  inlinePolicies: { ...inline, usual: {} },
  accessKeys: { kind: listOf(ACCESS_KEY), says: 'Its access keys.', usual: [] as Read<typeof ACCESS_KEY.members>[] },
})

export const GROUP = shapeOf('group', {
  name: { kind: someText, says: 'Its name.', required: true },
  account: ofAccount,
  path,
  policies: { ...attached, usual: [] as string[] },
  inlinePolicies: { ...inline, usual: {} },
})

export const ROLE = shapeOf('role', {
  name: { kind: someText, says: 'Its name.', required: true },
  account: ofAccount,
  trust: { kind: policyDocument, says: 'Its trust policy: who can assume it.', required: true },
  path,
  description: { kind: someText, says: 'Its description.' },
  tags: tagsOf,
  boundary,
  maxSessionSeconds: { kind: wholeNumber(3600, 43_200), says: 'How long its sessions can last; an hour if left out.' },
  policies: { ...attached, usual: [] as string[] },
  inlinePolicies: { ...inline, usual: {} },
})

export const POLICY = shapeOf('policy', {
  name: { kind: someText, says: 'Its name.', required: true },
  account: ofAccount,
  document: { kind: policyDocument, says: 'What it allows and denies.', required: true },
  path,
  description: { kind: someText, says: 'Its description.' },
  tags: tagsOf,
})

export type SeedUser = Read<typeof USER.members>
export type SeedGroup = Read<typeof GROUP.members>
export type SeedRole = Read<typeof ROLE.members>
export type SeedPolicy = Read<typeof POLICY.members>
