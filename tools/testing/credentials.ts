import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The access key that `keyhold init --credentials-file <folder>/credentials` wrote. */
export async function parseCredentials(folder: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const text = await readFile(join(folder, 'credentials'), 'utf8')
  const value = (name: string): string => new RegExp(`^${name} = (\\S+)$`, 'm').exec(text)?.[1] ?? ''
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') }
}
