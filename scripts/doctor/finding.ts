// One line of the doctor's: how it stands with one thing, and, unless all is well, the one command that mends it.
import { styleText } from 'node:util';

export type Finding =
  | { mark: 'fine'; what: string; text: string }
  /** `attention`: works without it, or differently. `trouble`: in the way. */
  | { mark: 'attention' | 'trouble'; what: string; text: string; command: string };

export function fine(what: string, text: string): Finding {
  return { mark: 'fine', what, text };
}

export function attention(what: string, text: string, command: string): Finding {
  return { mark: 'attention', what, text, command };
}

export function trouble(what: string, text: string, command: string): Finding {
  return { mark: 'trouble', what, text, command };
}

const MARKS = {
  fine: styleText('green', '✓'),
  attention: styleText('yellow', '!'),
  trouble: styleText('red', '✗'),
};

export function lineOf(finding: Finding): string {
  const line = `${MARKS[finding.mark]} ${finding.what.padEnd(10)} ${finding.text}`;
  return finding.mark === 'fine' ? line : `${line} → ${styleText('bold', finding.command)}`;
}
