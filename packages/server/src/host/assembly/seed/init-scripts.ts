import { SeedError } from './kinds.ts'

/** How LocalStack's init hooks and others make keys: by commands, in a shell script. */
const COMMAND = /\b(?:awslocal|aws)\b[^\n]*\bkms\s+create-key\b/
const tagValue = (tag: string): RegExp =>
  new RegExp(`${tag}["']?\\s*,\\s*["']?(?:TagValue["']?\\s*[:=]\\s*)?["']?([^"'\\s,}]+)`)

/**
 * Refuses a script where a seed file is wanted, and shows what a seed file says instead. Throws {@link SeedError}. Scripts are
 * not run: they can do anything.
 */
export function refuseScript(text: string): void {
  if (!COMMAND.test(text)) return
  const id = tagValue('_custom_id_').exec(text)?.[1] ?? '00000000-0000-0000-0000-000000000001'
  const material = tagValue('_custom_key_material_').exec(text)?.[1]
  const key = `{ id: ${id}${material === undefined ? '' : `, material: ${material}`} }`
  throw new SeedError(
    'this is a script that calls the API, not a seed file. Run it against the server, which obeys the tags _custom_id_ and ' +
      `_custom_key_material_: keyhold dev -- sh SCRIPT (with aws instead of awslocal). Or write a seed file: keys: [${key}]`,
  )
}
