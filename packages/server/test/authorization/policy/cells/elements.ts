import { STATEMENTS } from '../support.ts'
import { type Cell, EVERY_KIND } from './cell.ts'

const IAM_KINDS = ['identity', 'trust'] as const
const OF_PRINCIPALS = ['key', 'trust'] as const
const twice = (kind: 'identity' | 'key' | 'trust', Sid: string): object => ({
  Statement: [
    { ...STATEMENTS[kind], Sid },
    { ...STATEMENTS[kind], Sid },
  ],
})

/** The document, and the elements Version, Id, Sid, Effect and unknown ones. */
export const FRAME: readonly Cell[] = [
  { element: 'document', kinds: EVERY_KIND, source: 'grammar' },
  { element: 'document', kinds: EVERY_KIND, source: 'grammar', text: () => '', refused: /./ },
  { element: 'document', kinds: EVERY_KIND, source: 'grammar', text: () => '{', refused: /./ },
  { element: 'document', kinds: EVERY_KIND, source: 'grammar', text: () => 'null', refused: /object/ },
  { element: 'document', kinds: EVERY_KIND, source: 'grammar', text: (one) => `[${one}]`, refused: /object/ },
  { element: 'document', kinds: EVERY_KIND, source: 'grammar', text: (one) => `${one} x`, refused: /./ },
  { element: 'document', kinds: EVERY_KIND, source: 'grammar', text: (one) => one.replace('}', ',}'), refused: /./ },
  { element: 'white space', kinds: EVERY_KIND, source: 'grammar', text: (one) => ` \t\r\n${one}\n ` },
  { element: 'mark', kinds: EVERY_KIND, source: 'characters', text: (one) => `\ufeff${one}`, refused: /./ },
  { element: 'control', kinds: EVERY_KIND, source: 'characters', text: (one) => `\u000b${one}`, refused: /./ },
  {
    element: 'key twice',
    kinds: EVERY_KIND,
    source: 'notes',
    text: (one) => one.replace('"Effect":"Allow"', '"Effect":"Allow","Effect":"Deny"'),
    refused: /./,
  },
  { element: 'unknown', kinds: EVERY_KIND, source: 'grammar', document: { Comment: 'x' }, refused: /Unknown element/ },
  { element: 'unknown', kinds: EVERY_KIND, source: 'grammar', change: { Comment: 'x' }, refused: /Unknown element/ },
  { element: 'unknown', kinds: EVERY_KIND, source: 'ours', change: { effect: 'Allow' }, refused: /Unknown element/ },
  {
    element: 'Version',
    kinds: EVERY_KIND,
    source: 'version',
    document: { Version: '2012-10-18' },
    refused: /2012-10-17/,
  },
  { element: 'Version', kinds: EVERY_KIND, source: 'version', document: { Version: 20121017 }, refused: /2012-10-17/ },
  { element: 'Id', kinds: OF_PRINCIPALS, source: 'notes', document: { Id: 'any text' } },
  { element: 'Id', kinds: ['identity'], source: 'notes', document: { Id: 'x' }, refused: /Id/ },
  { element: 'Id', kinds: OF_PRINCIPALS, source: 'notes', document: { Id: 7 }, refused: /string/ },
  { element: 'Statement', kinds: EVERY_KIND, source: 'noStatements', document: { Statement: [] }, refused: /empty/ },
  {
    element: 'Statement',
    kinds: EVERY_KIND,
    source: 'grammar',
    document: { Statement: undefined },
    refused: /missing/,
  },
  { element: 'Statement', kinds: EVERY_KIND, source: 'grammar', document: { Statement: 'x' }, refused: /object/ },
  { element: 'Statement', kinds: ['identity'], source: 'notes', document: { Statement: STATEMENTS.identity } },
  { element: 'Statement', kinds: ['key'], source: 'notes', document: { Statement: STATEMENTS.key } },
  { element: 'Statement', kinds: ['trust'], source: 'notes', document: { Statement: STATEMENTS.trust } },
  { element: 'Effect', kinds: EVERY_KIND, source: 'effect', change: { Effect: 'allow' }, refused: /"Allow"/ },
  { element: 'Effect', kinds: EVERY_KIND, source: 'grammar', change: { Effect: ['Allow'] }, refused: /"Allow"/ },
  { element: 'Effect', kinds: EVERY_KIND, source: 'grammar', change: { Effect: undefined }, refused: /Effect/ },
  { element: 'Sid', kinds: EVERY_KIND, source: 'sid', change: { Sid: '' } },
  { element: 'Sid', kinds: EVERY_KIND, source: 'sid', change: { Sid: 'Aa0' } },
  { element: 'Sid', kinds: IAM_KINDS, source: 'sid', change: { Sid: 'a b' }, refused: /alpha-numeric/ },
  { element: 'Sid', kinds: IAM_KINDS, source: 'sid', change: { Sid: 'a_b' }, refused: /alpha-numeric/ },
  { element: 'Sid', kinds: ['key'], source: 'keyPolicy', change: { Sid: 'Allow use of the key' } },
  { element: 'Sid', kinds: EVERY_KIND, source: 'grammar', change: { Sid: 1 }, refused: /string/ },
  {
    element: 'Sid',
    kinds: ['identity'],
    source: 'sid',
    document: twice('identity', 'a'),
    refused: /unique/,
    read: true,
  },
  { element: 'Sid', kinds: ['trust'], source: 'sid', document: twice('trust', 'a'), refused: /not unique/, read: true },
  {
    element: 'Sid',
    kinds: ['key'],
    source: 'kmsDuplicates',
    document: twice('key', 'a'),
    refused: /not unique/,
    read: true,
  },
  { element: 'Sid', kinds: ['key'], source: 'sid', document: twice('key', '') },
]
