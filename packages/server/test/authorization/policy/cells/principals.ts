import type { Cell } from './cell.ts'

const OF_PRINCIPALS = ['key', 'trust'] as const
const NONE = { Allow: false, Deny: false }
const user = (resource: string): object => ({ Principal: { AWS: `arn:aws:iam::111122223333:${resource}` } })

/** Principal and NotPrincipal, as far as their form goes. */
export const PRINCIPALS: readonly Cell[] = [
  {
    element: 'Principal',
    kinds: ['identity'],
    source: 'prohibited',
    change: { Principal: '*' },
    refused: /should not specify a principal/,
  },
  {
    element: 'NotPrincipal',
    kinds: ['identity'],
    source: 'prohibited',
    change: { NotPrincipal: { AWS: '*' } },
    refused: /should not specify a principal/,
  },
  {
    element: 'Principal',
    kinds: ['key'],
    source: 'keyPrincipal',
    change: { Principal: undefined },
    refused: /statement with no principal/,
  },
  {
    element: 'Principal',
    kinds: ['key'],
    source: 'keyPrincipal',
    change: { Principal: {} },
    refused: /statement with no principal/,
  },
  {
    element: 'Principal',
    kinds: ['key'],
    source: 'keyPrincipal',
    change: { Principal: { AWS: [] } },
    refused: /statement with no principal/,
  },
  {
    element: 'Principal',
    kinds: ['trust'],
    source: 'principal',
    change: { Principal: undefined },
    refused: /required field Principal/,
  },
  {
    element: 'Principal',
    kinds: ['trust'],
    source: 'principal',
    change: { Principal: {} },
    refused: /required field Principal/,
  },
  { element: 'Principal', kinds: ['key'], source: 'principal', change: { Principal: '*' } },
  {
    element: 'Principal',
    kinds: ['trust'],
    source: 'star',
    change: { Principal: '*' },
    refused: /valid principal|"STAR":"\*"/,
    read: true,
  },
  { element: 'Principal', kinds: OF_PRINCIPALS, source: 'principal', change: { Principal: { AWS: '*' } } },
  { element: 'Principal', kinds: OF_PRINCIPALS, source: 'principal', change: { Principal: ['*'] }, refused: /object/ },
  {
    element: 'Principal',
    kinds: OF_PRINCIPALS,
    source: 'principal',
    change: { Principal: { Aws: '*' } },
    refused: /Unknown/,
  },
  { element: 'Principal', kinds: OF_PRINCIPALS, source: 'notes', change: user('user/*'), refused: /principal/ },
  { element: 'Principal', kinds: OF_PRINCIPALS, source: 'principal', change: user('group/g'), refused: /principal/ },
  {
    element: 'Principal',
    kinds: OF_PRINCIPALS,
    source: 'principal',
    change: { Principal: { Service: '*' } },
    refused: /principal/,
  },
  {
    element: 'Principal',
    kinds: OF_PRINCIPALS,
    source: 'principal',
    change: { Principal: { Service: 'lambda.amazonaws.com' } },
    applies: NONE,
  },
  {
    element: 'Principal',
    kinds: OF_PRINCIPALS,
    source: 'notes',
    change: { Principal: { CanonicalUser: 'x' } },
    refused: /principal/,
  },
  {
    element: 'NotPrincipal',
    kinds: ['trust'],
    source: 'notPrincipal',
    change: { Principal: undefined, NotPrincipal: { AWS: '111122223333' } },
    refused: /NotPrincipal/,
  },
  {
    element: 'NotPrincipal',
    kinds: OF_PRINCIPALS,
    source: 'grammar',
    change: { NotPrincipal: { AWS: '111122223333' } },
    refused: /NotPrincipal/,
  },
]
