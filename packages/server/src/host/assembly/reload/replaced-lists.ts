import type { Network } from '../network.ts'
import type { Reloadable, ReloadOptions } from './reload.ts'

/** What a part of the server looks up for each request. `replace` throws for a list that cannot be used, without effect. */
interface Part {
  replace(texts: readonly string[]): void
}

type Listed = (options: ReloadOptions) => readonly string[] | undefined

/** The lists of a network that can change while a server runs: whose word on their clients is taken, and which pages can call. */
export function replacedLists(
  { trustedProxies, origins }: Pick<Network, 'trustedProxies' | 'origins'>,
  started: ReloadOptions,
): Reloadable[] {
  return [
    replacedList('trusted proxies', trustedProxies, (options) => options.trustedProxies, started),
    replacedList('allowed origins', origins, (options) => options.allowedOrigins, started),
  ]
}

/** `started` are the options that the part has already. */
function replacedList(what: string, part: Part, listed: Listed, started: ReloadOptions): Reloadable {
  let inUse = listed(started) ?? []
  return {
    what,
    async reload(options) {
      const texts = listed(options) ?? []
      if (JSON.stringify(texts) === JSON.stringify(inUse)) return 'unchanged'
      part.replace(texts)
      inUse = texts
      return 'applied'
    },
  }
}
