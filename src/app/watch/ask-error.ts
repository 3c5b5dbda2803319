/** Why a request is refused. */
import { UserError } from '../../core/errors.ts'
import type { ErrorCode } from './protocol.ts'

/** A request that is refused, with the code that tells a program why. */
export class AskError extends UserError {
  readonly code: ErrorCode

  constructor(code: ErrorCode, sentence: string) {
    super(sentence)
    this.code = code
  }
}
