// Where each file of the workbook stands on the site. Addresses are relative to the site's root and end with a slash, so
// that the same pages work from a server, from any folder of a web host, and from one page to the next.
import path from 'node:path';

/** The address of a file or folder, given by its path in the workbook. */
export function addressOf(file: string): string {
  const [top = '', second = '', ...rest] = file.split('/');
  if (file === 'README.md') return '';
  if (top === 'chapters' && second !== '' && rest.join('/') === 'README.md') return `chapters/${second}/`;
  if (top === 'chapters' && rest.join('/') === 'hints.md') return `chapters/${second}/hints/`;
  if (top === 'docs' && file.endsWith('.md')) return `${file.slice(0, -'.md'.length)}/`;
  return file === 'docs/decisions' ? 'docs/decisions/' : `files/${file}/`;
}

/** How a page at one address names another one. */
export function relative(from: string, to: string): string {
  const way = path.posix.relative(`/${from}`, `/${to}`);
  if (to === '' || to.endsWith('/')) return way === '' ? './' : `${way}/`;
  return way;
}

/** The file in the workbook that a link of another file leads to; undefined for a link to somewhere else. */
export function linkTarget(file: string, href: string): { file: string; anchor: string } | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('//')) return undefined;
  const [target = '', anchor = ''] = href.split('#');
  if (target === '') return { file, anchor };
  const joined = path.posix.join(path.posix.dirname(file), decodeURIComponent(target));
  return { file: joined.replace(/\/$/, ''), anchor };
}
