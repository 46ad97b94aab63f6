import { isTool, type Tool } from './needs.ts'

/** One command of a document and what the document says it prints. */
export interface Command {
  /** Line of the document, from 1. */
  line: number
  text: string
  /** Empty: the document does not say. */
  expected: string
}

/** What a document asks its reader to do, in its order. */
export type Step =
  | {
      kind: 'commands'
      line: number
      needs: Tool[]
      /** They fetch another's program from a registry: done where that is wanted, and nowhere else. */
      isInstall: boolean
      commands: Command[]
    }
  /** Commands that CI itself runs: a test that ran them would run itself. */
  | { kind: 'ci'; line: number; commands: Command[] }
  | { kind: 'file'; line: number; path: string; text: string }

interface Fence {
  line: number
  language: string
  tags: ReadonlyMap<string, string>
  text: string
}

/** Languages in which a reader would take a block for something to type, though no test would run it. */
const SHELLS = ['bash', 'sh', 'shell', 'zsh', 'powershell']

/**
 * Reads the steps of a Markdown document; CONTRIBUTING.md describes the language. Throws for a block that looks like
 * commands and would not be run, and for a tag that it does not know.
 */
export function parseTranscript(markdown: string): Step[] {
  return fences(markdown).flatMap((fence) => stepOf(fence) ?? [])
}

/** Whether output is what the document shows: `…` matches any text of a line, or any lines if on a line of its own. */
export function outputMatches(expected: string, actual: string): boolean {
  if (expected === '') return true
  return new RegExp(`^${normalized(expected).split('\n').map(linePattern).join('')}$`).test(`${normalized(actual)}\n`)
}

function linePattern(line: string): string {
  if (line === '…') return '(?:.*\\n)*?'
  return `${line.split('…').map(RegExp.escape).join('.*')}\\n`
}

function normalized(text: string): string {
  return text.replaceAll(/[ \t\r]+$/gm, '').replace(/\n+$/, '')
}

function fences(markdown: string): Fence[] {
  return [...markdown.matchAll(/^```([^\n`]*)\n(.*?)^```$/gms)].map((match) => {
    const [language = '', ...words] = match[1]!.trim().split(/\s+/)
    const tags = words.map((word): [string, string] => {
      const [name = '', value = ''] = word.split('=')
      return [name, value]
    })
    return { line: lineAt(markdown, match.index), language, tags: new Map(tags), text: match[2]! }
  })
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function stepOf({ line, language, tags, text }: Fence): Step | undefined {
  if (SHELLS.includes(language)) throw new Error(`line ${line}: write commands as \`\`\`console, so that they are run`)
  const unknown = [...tags.keys()].find((tag) => !(TAGS[language] ?? ['file']).includes(tag))
  if (unknown !== undefined) throw new Error(`line ${line}: the tag ${unknown} means nothing here`)
  const path = tags.get('file')
  if (path !== undefined) return { kind: 'file', line, path, text }
  if (language !== 'console') return undefined
  const commands = parseCommands(text, line + 1)
  if (tags.has('ci')) return { kind: 'ci', line, commands }
  return {
    kind: 'commands',
    line,
    needs: parseNeeds(tags.get('needs'), line),
    isInstall: tags.has('install'),
    commands,
  }
}

const TAGS: Readonly<Record<string, readonly string[]>> = { console: ['needs', 'ci', 'install'] }

function parseNeeds(value: string | undefined, line: number): Tool[] {
  const names = value?.split(',') ?? []
  return names.map((name) => {
    if (isTool(name)) return name
    throw new Error(`line ${line}: no tool is called ${name}`)
  })
}

/** `$ ` begins a command, `> ` continues it, everything else is output of the command before. */
function parseCommands(text: string, firstLine: number): Command[] {
  const commands: Command[] = []
  for (const [index, line] of text.replace(/\n$/, '').split('\n').entries()) {
    const last = commands.at(-1)
    if (line.startsWith('$ ')) commands.push({ line: firstLine + index, text: line.slice(2), expected: '' })
    else if (last === undefined) throw new Error(`line ${firstLine + index}: output before the first command`)
    else if (line.startsWith('> ') && last.expected === '') last.text += `\n${line.slice(2)}`
    else last.expected += `${line}\n`
  }
  return commands
}
