/** Finding and reading studies: by name from agents/studies/, or from a JSON file. */
import { STUDIES } from '../../../agents/studies/registry.ts'
import { nearestName, quoted, UserError } from '../../core/errors.ts'
import { checkStudy, parseStudy, type Study } from '../../learn/study.ts'
import { readText } from '../files.ts'

/** The study of this name, or that of a .json file. */
export function findStudy(nameOrFile: string): Study {
  const known = STUDIES.find(study => study.name === nameOrFile)
  if (known) return checkStudy(known, `study ${nameOrFile}`)
  if (nameOrFile.endsWith('.json')) return parseStudy(readText(nameOrFile, 'study'), nameOrFile)
  const names = STUDIES.map(study => study.name)
  const near = nearestName(nameOrFile, names)
  throw new UserError(
    `unknown study ${quoted(nameOrFile)}: expected one of ${names.join(', ')}, or a .json file${near ? `; did you mean ${near}?` : ''}`,
  )
}
