// Every page of the site by its address, rendered when it is asked for and kept until its file changes.
import fs from 'node:fs';
import path from 'node:path';
import { addressOf, relative } from './addresses.ts';
import { highlight } from './highlight.ts';
import { Html, html } from './html.ts';
import { frame, type Page } from './layout.ts';
import { type Document, renderDocument } from './markdown.ts';
import { type ChapterFacts, type Entry, neighbours, type Outline, readOutline } from './outline.ts';
import { SearchIndex } from './search.ts';
import { isShown, view } from './viewable.ts';

export interface SiteOptions {
  /** The workbook's folder. */
  root: string;
  chapters: ChapterFacts[];
  /** Whether a server stands behind the pages. */
  live: boolean;
}

const DECISIONS = 'docs/decisions/';

const LANGUAGES: Record<string, string> = {
  '.ts': 'typescript',
  '.mjs': 'typescript',
  '.json': 'json',
  '.yaml': 'yaml',
  '.sh': 'bash',
  '.xml': 'xml',
};

export class Site {
  readonly outline: Outline;
  readonly #options: SiteOptions;
  readonly #pages = new Map<string, { stamp: string; html: string }>();
  readonly #documents = new Map<string, { stamp: string; document: Document }>();
  #index: { stamp: string; index: SearchIndex } | undefined;

  constructor(options: SiteOptions) {
    this.#options = options;
    this.outline = readOutline(options.root, options.chapters);
  }

  /** The page at an address, such as `chapters/03-producer/`; undefined when there is none. */
  page(address: string): string | undefined {
    const file = this.#fileAt(address);
    if (file === undefined) return undefined;
    const stamp = this.#stamp(file);
    const kept = this.#pages.get(address);
    if (kept?.stamp === stamp) return kept.html;
    const page = this.#render(file);
    if (!page) return undefined;
    const text = this.frame(page, address);
    this.#pages.set(address, { stamp, html: text });
    return text;
  }

  /** A page of somebody else's in the frame of the site. */
  frame(page: Page, address: string): string {
    const { live } = this.#options;
    return frame(page, address, { outline: this.outline, live }, neighbours(this.outline, address));
  }

  /** The entries that are read, as opposed to looked up: what the search finds, and where a static site begins. */
  entries(): Entry[] {
    const { front, chapters, documents, decisions } = this.outline;
    return [front, ...chapters, ...chapters.flatMap((chapter) => this.#hintsOf(chapter)), ...documents, ...decisions];
  }

  document(file: string): Document {
    const stamp = this.#stamp(file);
    const kept = this.#documents.get(file);
    if (kept?.stamp === stamp) return kept.document;
    const document = renderDocument(file, fs.readFileSync(path.join(this.#options.root, file), 'utf8'));
    this.#documents.set(file, { stamp, document });
    return document;
  }

  /** The index over all that is written, as it is now. */
  searchIndex(): SearchIndex {
    const entries = this.entries();
    const stamp = entries.map(({ file }) => this.#stamp(file)).join();
    if (this.#index?.stamp !== stamp) {
      const documents = entries.map((entry) => ({ entry, document: this.document(entry.file) }));
      this.#index = { stamp, index: SearchIndex.of(documents) };
    }
    return this.#index.index;
  }

  #hintsOf({ file, title, chapter }: Entry): Entry[] {
    const hints = file.replace(/README\.md$/, 'hints.md');
    if (!fs.existsSync(path.join(this.#options.root, hints))) return [];
    return [{ file: hints, address: addressOf(hints), title: `Hints: ${title}`, chapter }];
  }

  #fileAt(address: string): string | undefined {
    if (address === DECISIONS) return 'docs/decisions';
    const entry = this.entries().find((known) => known.address === address);
    if (entry) return entry.file;
    const [, file] = /^files\/(.+)\/$/.exec(address) ?? [];
    return file !== undefined && isShown(file) ? file : undefined;
  }

  #stamp(file: string): string {
    const stats = fs.statSync(path.join(this.#options.root, file), { throwIfNoEntry: false });
    return stats ? `${stats.mtimeMs} ${stats.size}` : 'missing';
  }

  #render(file: string): Page | undefined {
    const entry = this.entries().find((known) => known.file === file);
    if (entry) return this.#documentPage(entry);
    const shown = view(this.#options.root, file);
    if (!shown) return undefined;
    return shown.kind === 'file' ? filePage(file, shown.text) : folderPage(file, shown.names);
  }

  #documentPage({ file, chapter }: Entry): Page {
    const { title, body, headings } = this.document(file);
    const isHints = file.endsWith('/hints.md');
    if (!chapter || isHints) return { title, body: new Html(body), headings };
    const work = this.#options.live && workSection(chapter.folder);
    const whole = html`${chapterFacts(chapter, this.#options.live)}${new Html(body)}${work}`;
    return { title, body: whole, headings, ...(work && { scripts: ['work.js'] }) };
  }
}

function chapterFacts({ folder, number, minutes, needs, draft }: ChapterFacts, live: boolean): Html {
  const address = `chapters/${folder}/`;
  const link = (target: string, text: string) => html`<a href="${relative(address, addressOf(target))}">${text}</a>`;
  return html`<p class="facts">Chapter ${number} · ${minutes} minutes · needs ${needs}${draft && ' · draft: its grader is not yet proven'} · ${link(`labs/${folder}`, 'lab')} · ${link(`chapters/${folder}/hints.md`, 'hints')} · ${link(`solutions/${folder}`, 'solution')}${live && html` · <a href="#work">your work</a>`}</p>`;
}

/** The place of the learner's work, which the page's script fills. */
function workSection(folder: string): Html {
  return html`<section id="work" data-chapter="${folder}" aria-labelledby="work-title" hidden><h2 id="work-title">Your work</h2><p id="answer" role="status"></p><div id="progress"></div><div id="grading"></div><div id="hints"></div><div id="difference"></div></section>`;
}

function filePage(file: string, text: string): Page {
  const code = highlight(text, LANGUAGES[path.extname(file)] ?? 'text');
  const body = html`<h1>${path.basename(file)}</h1><figure class="code"><figcaption>${file}</figcaption><pre class="scroll" tabindex="0"><code>${code}</code></pre></figure>`;
  return { title: file, body, headings: [] };
}

function folderPage(folder: string, names: string[]): Page {
  const address = addressOf(folder);
  const links = names.map((name) => {
    const target = addressOf(`${folder}/${name.replace(/\/$/, '')}`);
    return html`<li><a href="${relative(address, target)}">${name}</a></li>`;
  });
  return { title: folder, body: html`<h1>${folder}/</h1><ul>${links}</ul>`, headings: [] };
}
