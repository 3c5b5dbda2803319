/** The version of Levelshift, from package.json, as written into every run and printed by --version. */

import packageJson from '../../package.json' with { type: 'json' }

/** For example `0.1.0`. */
export const version: string = packageJson.version
