// What has been achieved in every chapter.
import { look } from './connection.ts';
import { type Child, element, place, show, table } from './dom.ts';

interface Achieved {
  folder: string;
  number: string;
  title: string;
  passed: boolean;
  progress: string;
}

export async function showProgress(): Promise<void> {
  const chapters = (await look<Achieved[]>('progress')) ?? [];
  show('progress', chapters.length > 0);
  const rows = chapters.map(({ folder, number, title, passed, progress }): Child[] => [
    element('a', { href: `/chapters/${folder}/#work` }, `${number} ${title}`),
    element('span', { class: passed ? 'good' : 'quiet' }, `${passed ? '✓ ' : ''}${progress}`),
  ]);
  place('progress').replaceChildren(table('progress', ['chapter', 'achieved'], rows));
}
