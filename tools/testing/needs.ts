import { spawnSync } from 'node:child_process'

/** Programs of others that tests run against us, each with the arguments that show that it is there. */
const TOOLS = {
  age: ['age', '--version'],
  ansible: ['ansible-playbook', '--version'],
  'async-aws': ['php', '-r', "require 'AsyncAws/Core/autoload.php';"],
  aws: ['aws', '--version'],
  'aws-encryption-cli': ['aws-encryption-cli', '--version'],
  bash: ['bash', '--version'],
  chromium: ['chromium', '--version'],
  boto3: ['python3', '-c', 'import boto3'],
  curl: ['curl', '--version'],
  fish: ['fish', '--version'],
  git: ['git', 'rev-parse', '--git-dir'],
  getfacl: ['getfacl', '--version'],
  getfattr: ['getfattr', '--version'],
  haproxy: ['haproxy', '-v'],
  // Installed by `npm install` in that folder: they are 100 MB that nothing else needs.
  'javascript-clients': ['node', '-e', "require.resolve('aws-sdk', { paths: ['conformance/javascript-clients'] })"],
  nginx: ['nginx', '-v'],
  openssl: ['openssl', 'version'],
  perl: ['perl', '-v'],
  // Brings pkcs11-tool.
  opensc: ['opensc-tool', '--info'],
  // Built by `npm run pkcs11`: it needs a compiler.
  pkcs11js: ['node', '-e', "require('pkcs11js')"],
  promtool: ['promtool', '--version'],
  python3: ['python3', '--version'],
  rsync: ['rsync', '--version'],
  softhsm2: ['softhsm2-util', '--version'],
  strace: ['strace', '-V'],
  swtpm: ['swtpm', '--version'],
  systemd: ['systemd-notify', '--version'],
  // User namespaces are not allowed everywhere.
  unshare: ['unshare', '-rm', 'true'],
  'tpm2-tools': ['tpm2_getrandom', '--version'],
  'systemd-creds': ['systemd-creds', '--version'],
  zsh: ['zsh', '--version'],
} as const
export type Tool = keyof typeof TOOLS

/** Tools that Debian does not have in the form that is tried, so that CI does without them. */
const ELSEWHERE: readonly Tool[] = ['ansible', 'aws-encryption-cli', 'unshare']

export function isTool(name: string): name is Tool {
  return Object.hasOwn(TOOLS, name)
}

/** Something that only newer versions of a tool can do. */
export interface Ability {
  tool: Tool
  /** As its reason for skipping names it. */
  what: string
  /** Asks the tool that is installed. */
  isThere(): boolean
}

/** A command of the aws CLI with these options, such as `kms enable-key-rotation --rotation-period-in-days 90`. */
export function awsCommand(words: string): Ability {
  // With this option the command checks its words, prints what it would take, and sends nothing.
  const isThere = (): boolean => succeeds('aws', [...words.split(' '), '--generate-cli-skeleton'])
  return { tool: 'aws', what: words, isThere }
}

/** The first version of the aws CLI that reads AWS_ENDPOINT_URL, by its changelog; of version 1 it is 1.29. */
const ENDPOINT_URL_SINCE = [2, 13] as const

/** The aws CLI reads AWS_ENDPOINT_URL: what it does by itself, as for a profile with a role, goes there, too. */
export const AWS_ENDPOINT_URL: Ability = {
  tool: 'aws',
  what: 'AWS_ENDPOINT_URL',
  isThere() {
    const { stdout } = asked('aws', TOOLS.aws.slice(1))
    const [major = 0, minor = 0] = /aws-cli\/(\d+)\.(\d+)/.exec(stdout)?.slice(1).map(Number) ?? []
    const [sinceMajor, sinceMinor] = ENDPOINT_URL_SINCE
    return major === 1 ? minor >= 29 : major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
  },
}

/**
 * For the `skip` option of a test: `false` when every tool is installed and new enough, otherwise the reason to print.
 *
 * With KEYHOLD_REQUIRE_TOOLS=1, as in CI, no test is skipped for want of a tool that Debian has: it runs and fails. A tool that is there
 * and too old for a test skips it there as well, as a system may have nothing newer.
 */
export function needs(...wanted: readonly (Tool | Ability)[]): false | string {
  const tools = new Set(wanted.map((one) => (typeof one === 'string' ? one : one.tool)))
  const missing = [...tools].filter((tool) => !isInstalled(tool))
  if (missing.length > 0) {
    const isRequired = process.env['KEYHOLD_REQUIRE_TOOLS'] === '1' && !missing.some((tool) => ELSEWHERE.includes(tool))
    return !isRequired && `not installed here: ${missing.join(', ')}`
  }
  const lacking = wanted.filter((one) => typeof one !== 'string' && !one.isThere())
  return lacking.length > 0 && `too old here: ${lacking.map(lackOf).join(', ')}`
}

function lackOf(wanted: Tool | Ability): string {
  return typeof wanted === 'string' ? wanted : `${wanted.tool}, which lacks ${wanted.what}`
}

function isInstalled(tool: Tool): boolean {
  const [program, ...args] = TOOLS[tool]
  return succeeds(program, args)
}

/** What was answered, by command: starting some of these takes a second. */
const known = new Map<string, { status: number | null; stdout: string }>()

function asked(program: string, args: readonly string[]): { status: number | null; stdout: string } {
  const command = [program, ...args].join(' ')
  const answer =
    known.get(command) ?? spawnSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
  known.set(command, answer)
  return answer
}

function succeeds(program: string, args: readonly string[]): boolean {
  return asked(program, args).status === 0
}
