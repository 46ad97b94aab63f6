const PREFIX = 'alias/'

/** An alias's full name: people leave out the prefix that every alias has. */
export function aliasName(text: string): string {
  return text.startsWith(PREFIX) ? text : PREFIX + text
}

/** Whether this way of naming a key goes through an alias, as a name or as an ARN. */
export function isAlias(key: string): boolean {
  return key.startsWith(PREFIX) || /^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(key)
}

/** For a call about this key: an ARN names its own region, whatever the connection's is. */
export function regionOf(key: string | undefined): { region?: string } {
  const region = /^arn:[^:]*:kms:([^:]+):/.exec(key ?? '')?.[1]
  return region === undefined ? {} : { region }
}
