import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { FileError } from '../base/errors.ts'

/** What a profile of the AWS configuration says about where to go. */
export interface Profile {
  region?: string
  endpoint?: string
  /** Whether the endpoints of the environment and of this file count for nothing. */
  ignoresEndpoints?: boolean
  /** A file of the certificates to trust. */
  caBundle?: string
  maxAttempts?: string
}

type Section = Map<string, string>

/**
 * The profile's settings from the AWS configuration file in the home folder, or where AWS_CONFIG_FILE says. A file that
 * does not exist says nothing.
 */
export async function readProfile(name: string, env: NodeJS.ProcessEnv): Promise<Profile> {
  const path = (env['AWS_CONFIG_FILE'] || '~/.aws/config').replace(/^~(?=[/\\])/, () => homedir())
  const bytes = await readFile(path).catch(ignoreMissing)
  const text = bytes.toString()
  if (text.includes('\0') || isUtf16(bytes))
    throw new FileError(`${JSON.stringify(path)} is no text in UTF-8. Save it as that.`)
  return profileIn(text.replace(/^\uFEFF/, ''), name) // editors of Windows put a byte-order mark there
}

function ignoreMissing(error: NodeJS.ErrnoException): Buffer {
  if (error.code === 'ENOENT') return Buffer.alloc(0)
  throw error
}

/** By its byte-order mark. The `>` of an older PowerShell writes such files. */
function isUtf16([first, second]: Buffer): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
}

/**
 * One profile in the text of a configuration file. An endpoint for KMS alone, in the services section that the profile
 * names, goes before one for all services. AWS SDKs and Tools Reference Guide, "Service-specific endpoints".
 */
export function profileIn(text: string, name: string): Profile {
  const sections = parseSections(text)
  const profile = sections.get(`profile ${name}`) ?? (name === 'default' ? sections.get('default') : undefined)
  const services = sections.get(`services ${profile?.get('services') ?? ''}`)
  const setting = (key: string): string | undefined => profile?.get(key) || undefined
  return defined({
    region: setting('region'),
    endpoint: (services?.get('kms.endpoint_url') ?? setting('endpoint_url')) || undefined,
    ignoresEndpoints: isTrue(setting('ignore_configured_endpoint_urls')) || undefined,
    caBundle: setting('ca_bundle'),
    maxAttempts: setting('max_attempts'),
  })
}

function defined(profile: { [K in keyof Profile]: Profile[K] | undefined }): Profile {
  return Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined))
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}

/** Names and values by section. A name in an indented line gets the name of the line above it before it, with a dot. */
function parseSections(text: string): Map<string, Section> {
  const sections = new Map<string, Section>()
  let section: Section | undefined
  let parent = ''
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue
    const heading = /^\[\s*(.*?)\s*\]/.exec(line)?.[1]
    if (heading !== undefined) {
      section = new Map()
      sections.set(heading.replace(/\s+/, ' '), section)
      continue
    }
    const [, indent, key, value] = /^(\s*)([^=\s]+)\s*=\s*(.*?)\s*(?:\s[#;].*)?$/.exec(line) ?? []
    if (key === undefined || value === undefined) continue
    if (indent === '') parent = key
    section?.set(indent === '' ? key : `${parent}.${key}`, value)
  }
  return sections
}
