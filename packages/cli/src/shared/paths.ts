import { isAbsolute, relative, resolve, sep } from 'node:path'

/** The names on the way from a folder to a path; nothing where the path is not in it. No link is resolved. */
export function namesBelow(folder: string, path: string): readonly string[] | undefined {
  const way = relative(resolve(folder), resolve(path))
  if (way === '') return []
  const names = way.split(sep)
  return names[0] === '..' || isAbsolute(way) ? undefined : names
}

/** Whether the path is the folder, or in it. */
export function isWithin(folder: string, path: string): boolean {
  return namesBelow(folder, path) !== undefined
}
