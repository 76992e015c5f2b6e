// Markdown to HTML: anchors as GitHub makes them, fences that name their source, diagrams drawn, links to pages of the site.
import GithubSlugger from 'github-slugger';
import MarkdownIt, { type Env, type Token } from 'markdown-it';
import { addressOf, linkTarget, relative } from './addresses.ts';
import { drawDiagram } from './diagram/draw.ts';
import { highlight } from './highlight.ts';
import { escapeHtml, type Html, html } from './html.ts';

export interface Heading {
  level: number;
  id: string;
  text: string;
}

/** A part of a page, from one heading to the next, as words. */
export interface Section {
  heading: Heading;
  text: string;
}

export interface Document {
  title: string;
  body: string;
  headings: Heading[];
  sections: Section[];
}

/** Where a text stands, which its rules need to know. */
type Place = { file: string; address: string };

const FRONT_MATTER = /^---\n.*?\n---\n/s;
const COMMENT = /^<!--.*?-->\n?/gms;
/** The rungs of hints.md, which are opened one by one. */
const RUNG = 3;

const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

/** Renders a file's text for the page at its address. */
export function renderDocument(file: string, source: string): Document {
  const place: Place = { file, address: addressOf(file) };
  const tokens = markdown.parse(source.replace(FRONT_MATTER, '').replaceAll(COMMENT, ''), place);
  const headings = nameHeadings(tokens);
  const folded = file.endsWith('/hints.md') ? foldRungs(tokens) : tokens;
  return {
    title: headings.find(({ level }) => level === 1)?.text ?? file,
    body: markdown.renderer.render(folded, markdown.options, place),
    headings,
    sections: sectionsOf(tokens, headings, folded !== tokens),
  };
}

/** Renders a part of a file for a page at another address. */
export function renderPart(file: string, source: string, address: string): string {
  const place: Place = { file, address };
  return markdown.render(source, place);
}

function nameHeadings(tokens: Token[]): Heading[] {
  const slugger = new GithubSlugger();
  return tokens.flatMap((token, index) => {
    if (token.type !== 'heading_open') return [];
    const text = wordsOf(tokens[index + 1]);
    const id = slugger.slug(text);
    token.attrSet('id', id);
    token.attrSet('tabindex', '-1');
    return [{ level: Number(token.tag.slice(1)), id, text }];
  });
}

function wordsOf(inline: Token | undefined): string {
  return (inline?.children ?? []).map(({ type, content }) => (type === 'softbreak' ? ' ' : content)).join('');
}

function sectionsOf(tokens: Token[], headings: Heading[], hidesRungs: boolean): Section[] {
  const sections: Section[] = [];
  const remaining = [...headings];
  for (const [index, token] of tokens.entries()) {
    const heading = token.type === 'heading_open' ? remaining.shift() : undefined;
    if (heading) sections.push({ heading, text: '' });
    else if (tokens[index - 1]?.type !== 'heading_open') addWords(sections.at(-1), token, hidesRungs);
  }
  return sections;
}

/** A hint is not found by searching: it is opened by whoever wants it. */
function addWords(section: Section | undefined, token: Token, hidesRungs: boolean): void {
  if (!section || (hidesRungs && section.heading.level === RUNG)) return;
  if (token.type === 'inline') section.text += `${wordsOf(token)} `;
  if (token.type === 'fence') section.text += `${token.content} `;
}

/** Makes each rung something to open, closed at first. */
function foldRungs(tokens: Token[]): Token[] {
  const folded: Token[] = [];
  let open = false;
  const add = (content: string) => folded.push(Object.assign(htmlToken(), { content }));
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const level = token.type === 'heading_open' ? Number(token.tag.slice(1)) : Number.POSITIVE_INFINITY;
    if (level <= RUNG && open) {
      add('</details>\n');
      open = false;
    }
    if (level === RUNG) {
      add(
        `<details class="rung" id="${token.attrGet('id')}"><summary>${escapeHtml(wordsOf(tokens[at + 1]))}</summary>\n`,
      );
      open = true;
      at += 2; // the words and the end of the heading
    } else folded.push(token);
  }
  if (open) add('</details>\n');
  return folded;
}

function htmlToken(): Token {
  return new new markdown.core.State('', markdown, {}).Token('html_block', '', 0);
}

markdown.renderer.rules.heading_open = (tokens, index, options, _environment, self) =>
  `${self.renderToken(tokens, index, options)}<a class="anchor" href="#${tokens[index]?.attrGet('id')}">`;
markdown.renderer.rules.heading_close = (tokens, index) => `</a></${tokens[index]?.tag}>\n`;
markdown.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="group" aria-label="table"><table>\n';
markdown.renderer.rules.table_close = () => '</table></div>\n';

markdown.renderer.rules.link_open = (tokens, index, options, environment, self) => {
  const token = tokens[index] as Token;
  const place = placeOf(environment);
  const target = linkTarget(place.file, String(token.attrGet('href') ?? ''));
  if (target) token.attrSet('href', hrefOf(place, target));
  else token.attrSet('rel', 'noreferrer');
  return self.renderToken(tokens, index, options);
};

function hrefOf({ file, address }: Place, target: { file: string; anchor: string }): string {
  const anchor = target.anchor === '' ? '' : `#${target.anchor}`;
  return target.file === file ? anchor : `${relative(address, addressOf(target.file))}${anchor}`;
}

markdown.renderer.rules.fence = (tokens, index, _options, environment) => {
  const { info, content } = tokens[index] as Token;
  const [, language = '', about = ''] = /^(\S*)\s*(.*)$/s.exec(info) ?? [];
  return `${fence(content, language, about, placeOf(environment).address)}\n`;
};

function placeOf(environment: Env | undefined): Place {
  return environment as Place;
}

function fence(code: string, language: string, about: string, address: string): Html {
  if (about.startsWith('diagram:')) {
    const title = about.slice('diagram:'.length).trim();
    return html`<figure class="diagram"><div class="scroll" tabindex="0" role="group" aria-label="diagram">${drawDiagram(code, title)}</div><figcaption>${title}</figcaption></figure>`;
  }
  const source =
    about === ''
      ? undefined
      : html`<figcaption><a href="${relative(address, addressOf(about))}">${about}</a></figcaption>`;
  return html`<figure class="code">${source}<pre class="scroll" tabindex="0"><code class="language-${language || 'text'}">${highlight(code, language)}</code></pre></figure>`;
}
