import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path/posix'

/** A rule about single lines: what they must not contain, and in which files. */
interface LineRule {
  problem: string
  pattern: RegExp
  applies(file: string): boolean
}

const MAX_LINES = 300
const TEXT = /\.(ts|js|json|md|yaml|yml|sh)$|^\.ci\/run$/
const GENERATED = /\.gen\.ts$|^package-lock\.json$/

const isCode = (file: string): boolean => /\.(ts|js)$/.test(file)
/** Folders whose code compares MACs, signatures and digests. A test holds that each is there. */
export const HOLDS_SECRETS = ['crypto', 'vault', 'identity'].map((folder) => `packages/server/src/${folder}/`)

/** What decides who a client is, and what tells the sockets of one connection apart. */
const READS_ADDRESSES = ['peer/', 'node-listener.ts'].map((name) => `packages/server/src/host/http/${name}`)

const isServerSource = (file: string): boolean => file.startsWith('packages/server/src/')
const isText = (file: string): boolean => !file.startsWith('vectors/')
/** Files that list the words to do without. */
const WORD_LISTS: ReadonlySet<string> = new Set(['CONTRIBUTING.md', 'tools/tidy.ts', 'tools/test/tidy.test.ts'])

/** A bracket around one letter keeps a rule from finding itself. */
const LINE_RULES: readonly LineRule[] = [
  { problem: 'a tab', pattern: /\t/, applies: isText },
  { problem: 'white space at the end of the line', pattern: /[ \t]$/, applies: isText },
  {
    problem: 'unfinished work',
    pattern: /\b(TO[D]O|FIX[M]E|XX[X])\b/,
    applies: isText,
  },
  { problem: 'a conflict that a merge left', pattern: /^(<{7}|>{7}|\|{7}) /, applies: isText },
  { problem: 'a test that silences the others', pattern: /\b(test|it|describe|suite)\.only\(/, applies: isCode },
  {
    problem: "a path of one developer's machine",
    pattern: /(^|[\s'"`(=])\/([w]ork|tm[p]\/kh|[r]oot|[h]ome)\//,
    applies: isText,
  },
  { problem: 'the host of a package registry', pattern: /\bregistry\.(npmjs|yarnpkg)\b/, applies: isText },
  {
    problem: "the system's clock or timers: take them from the Clock",
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bsetInterval\(/,
    applies: (file) => isServerSource(file) && !file.startsWith('packages/server/src/platform/'),
  },
  {
    problem: 'a comparison of bytes whose time may tell where they differ: use equalInConstantTime',
    pattern: /\bBuffer\.compare\(|\.equals\(|\.compare\(/,
    applies: (file) => HOLDS_SECRETS.some((folder) => file.startsWith(folder)),
  },
  {
    problem: 'timingSafeEqual outside crypto/constant-time.ts: use equalInConstantTime',
    pattern: /\btimingSafeEqual\b/,
    applies: (file) => isServerSource(file) && file !== 'packages/server/src/crypto/constant-time.ts',
  },
  {
    problem: 'a call past the guard of outbound calls: use outbound/',
    pattern: /(?<![.#\w])fetch\(|\bcreateRemoteJWKSet\b/,
    applies: isServerSource,
  },
  {
    problem: 'the address of a socket, which may be that of a proxy: use the Peer of host/http/peer/',
    pattern: /\bremoteAddress\b/,
    applies: (file) => isServerSource(file) && !READS_ADDRESSES.some((place) => file.startsWith(place)),
  },
  {
    problem: 'a standard stream of Node, which loses what it does not know: use descriptors/',
    pattern: /\bprocess\.(stdin|stdout|stderr)\b|\bconsole\./,
    applies: (file) => file.startsWith('packages/cli/src/') && !file.startsWith('packages/cli/src/descriptors/'),
  },
  {
    problem: 'a word that plain technical English does without (CONTRIBUTING.md)',
    pattern:
      /(?<![-/])\b(whoever|whosever|whom|somebody|nobody|anybody|anew|thereby|wherein|himself|his|he|stands)\b(?!-)/i,
    applies: (file) => isText(file) && !WORD_LISTS.has(file),
  },
  {
    problem: 'randomness that can be guessed',
    pattern: /\bMath\.random\(/,
    applies: (file) => /^packages\/[^/]+\/src\//.test(file),
  },
]

/** Our style, as far as a machine can say it. Returns one sentence for each breach. */
export async function tidyProblems(files: readonly string[]): Promise<string[]> {
  const checked = files.filter((file) => TEXT.test(file) && !GENERATED.test(file))
  const found = await Promise.all(checked.map(async (file) => fileProblems(file, await readFile(file, 'utf8'), files)))
  return [...found.flat(), ...decisionProblems(files)]
}

/** The breaches in one file's text; `files` are the paths that links may lead to. */
export function fileProblems(file: string, text: string, files: readonly string[]): string[] {
  const lines = text.split('\n')
  const long =
    isCode(file) && lines.length - 1 > MAX_LINES ? [`${file}: ${lines.length - 1} lines, at most ${MAX_LINES}`] : []
  const rules = LINE_RULES.filter((rule) => rule.applies(file))
  const broken = lines.flatMap((line, index) =>
    rules.filter((rule) => rule.pattern.test(line)).map((rule) => `${file}:${index + 1}: ${rule.problem}`),
  )
  const links = file.endsWith('.md') ? deadLinks(file, text, files) : []
  return [...long, ...broken, ...links]
}

/** Decisions are cited by number: no two may share one, and none goes without. */
export function decisionProblems(files: readonly string[]): string[] {
  const decisions = files.filter((file) => file.startsWith('docs/decisions/') && basename(file) !== 'README.md')
  const seen = new Map<string, string>()
  return decisions.flatMap((file) => {
    const number = /^(\d{4})-[a-z0-9-]+\.md$/.exec(basename(file))?.[1]
    if (number === undefined) return [`${file}: a decision is named NNNN-its-subject.md`]
    const other = seen.get(number)
    seen.set(number, file)
    return other === undefined ? [] : [`${file}: has the number of ${other}`]
  })
}

function deadLinks(file: string, text: string, files: readonly string[]): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
  return targets
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => join(dirname(file), target.replace(/#.*$/, '')))
    .filter((target) => !files.some((other) => other === target || other.startsWith(`${target.replace(/\/$/, '')}/`)))
    .map((target) => `${file}: links to ${target}, which does not exist`)
}
