'use strict'
// Loads the bundled command: files beside each other that name each other by `require('./NAME.js')`.
//
// Packages that bring their own Node have a folder `code-cache` beside the bundle, with what V8 made of each file when the
// package was built: then nothing needs to be parsed. Whatever V8 does not take, as it is of another version or under other
// flags, is compiled as always. V8 does not compare the text of the source, only its length: the folder must be of the same
// build. The folder is a part of the package, written by its builder only, as the code itself is: there
// is no folder into which another user, or this command, could write code to be run. See docs/decisions/0072.
const { existsSync, readFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { join } = require('node:path')

/**
 * Runs a file of the bundle and all that it requires, and answers what it exports. `onScript` gets each script that was
 * compiled, with its name: tools/packages/code-cache.ts makes the folder by it.
 */
function load(folder, name, onScript) {
  const caches = join(folder, 'code-cache')
  if (onScript === undefined && !existsSync(caches)) return require(join(folder, `${name}.js`))
  const { Script } = require('node:vm')
  const modules = new Map()

  function run(each) {
    const known = modules.get(each)
    if (known !== undefined) return known.exports
    const file = join(folder, `${each}.js`)
    const source = wrap(readFileSync(file, 'latin1')) // esbuild writes ASCII
    const script =
      onScript === undefined
        ? new Script(source, { filename: file, cachedData: cacheOf(join(caches, each)) })
        : new Script(source, { filename: each }) // what is made of it must not depend on where it was made
    onScript?.(each, script)
    const module = { exports: {} }
    modules.set(each, module)
    const others = createRequire(file)
    const find = (id) => (id.startsWith('./') ? run(id.slice(2, -3)) : others(id))
    script.runInThisContext().call(module.exports, module.exports, find, module, file, folder)
    return module.exports
  }

  return run(name)
}

function cacheOf(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

module.exports = { load }
