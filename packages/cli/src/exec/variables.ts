import { UsageError } from '../base/errors.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * Variables by which a program is made to load or run other code, or to take other files for its settings. A person who may
 * encrypt under a key is not for that allowed to run code where it is decrypted. After the list of what sudo takes out
 * (plugins/sudoers/env.c, `initial_badenv_table`), with what today's runtimes have besides.
 */
const REFUSED: readonly RegExp[] = [
  // Dynamic linkers and the C library.
  /^(LD_.*|DYLD_.*|_RLD.*|LIBPATH|SHLIB_PATH|GCONV_PATH|GLIBC_TUNABLES|NLSPATH|LOCALDOMAIN|RES_OPTIONS|HOSTALIASES)$/,
  /^(TERMINFO|TERMINFO_DIRS|TERMPATH|TERMCAP)$/,
  // Which programs are found and run.
  /^(PATH|PATHEXT|COMSPEC|SHELL|HOME|EDITOR|VISUAL|PAGER|MANPAGER|BROWSER|LESSOPEN|LESSCLOSE|(SUDO|SSH)_ASKPASS)$/,
  // Shells.
  /^(BASH_.*|ENV|SHELLOPTS|BASHOPTS|IFS|CDPATH|GLOBIGNORE|PS[0-4]|PROMPT_COMMAND|ZDOTDIR|FPATH|(READ)?NULLCMD)$/,
  // Interpreters and virtual machines.
  /^((KEYHOLD_)?NODE_(OPTIONS|PATH|REPL_EXTERNAL_MODULE)|NPM_CONFIG_.*|BUN_OPTIONS|DENO_.*|ELECTRON_RUN_AS_NODE)$/,
  /^(PYTHON[A-Z]+|PERL5?(OPT|LIB|DB|SHELL)|PERLIO.*|RUBY(OPT|LIB|SHELL)|GEM_(PATH|HOME)|BUNDLE_GEMFILE)$/,
  /^((JAVA_TOOL|_JAVA|JDK_JAVA)_OPTIONS|CLASSPATH|PHPRC|PHP_INI_SCAN_DIR|LUA_(INIT|PATH|CPATH).*)$/,
  /^(DOTNET_(STARTUP_HOOKS|ADDITIONAL_DEPS|SHARED_STORE)|COR(ECLR)?_.*|R_PROFILE.*|ERL_(AFLAGS|ZFLAGS|FLAGS|LIBS))$/,
  // Tools that run others.
  /^(GIT_(SSH.*|ASKPASS|EDITOR|SEQUENCE_EDITOR|PAGER|EXTERNAL_DIFF|EXEC_PATH|PROXY_COMMAND|TEMPLATE_DIR|CONFIG.*))$/,
  /^(MAKEFLAGS|RUSTC(_WORKSPACE)?_WRAPPER|OPENSSL_(CONF|MODULES|ENGINES)|RSYNC_RSH|CVS_RSH)$/,
]

/** @throws UsageError for what is no name, or one that decides which code is run. The value is nowhere shown. */
export function requireAllowed(name: string, value: string): void {
  const shown = JSON.stringify(name)
  if (!NAME.test(name)) throw new UsageError(`${shown} is no name of a variable: letters, digits and _ only.`)
  if (REFUSED.some((pattern) => pattern.test(name.toUpperCase()))) {
    const next = 'If you mean it, set it yourself, in the environment of keyhold.'
    throw new UsageError(`${shown} decides what code the command runs: it is not taken from an encrypted file. ${next}`)
  }
  if (value.includes('\0')) throw new UsageError(`The value of ${shown} has a NUL in it, which no variable can hold.`)
}

/** What a program needs to run at all, and nothing that a secret would be put in. */
const PRISTINE =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LC_[A-Z]+|TZ|TMPDIR|PATHEXT|COMSPEC|SYSTEMROOT|WINDIR|TEMP|TMP|USERPROFILE)$/

/** The part of an environment that a program needs to run at all. */
export function pristine(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => PRISTINE.test(name.toUpperCase())))
}
