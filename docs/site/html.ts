// HTML from templates in which everything is text unless it says that it is HTML.

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type Part = Html | string | number | false | undefined | readonly Part[];

/** A template whose values are escaped, except for HTML and lists of it. `false` and `undefined` leave nothing. */
export function html(strings: TemplateStringsArray, ...values: Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(render)));
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML shows it; control characters, which have no place there, become U+FFFD. */
export function escapeHtml(text: string): string {
  const shown = text.replaceAll(/[^\P{Cc}\t\n\r]/gu, '\ufffd');
  return shown.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function render(part: Part): string {
  if (part === false || part === undefined) return '';
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(render).join('') : escapeHtml(String(part));
}
